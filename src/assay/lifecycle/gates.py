"""The process as literal data: phases, change classes and the default gate table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assay.base.roles import HANDS, Holder, Role
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import Aspect, SubjectKind


class Phase(StrEnum):
    """The stretches of the way, in order."""

    DISCOVERY = "discovery"
    DEVELOPMENT = "development"
    INITIAL_VALIDATION = "initial validation"
    DEPLOYMENT = "deployment"
    FINAL_VALIDATION = "final validation"
    RELEASE = "release"
    MONITORING = "monitoring"


class ChangeClass(StrEnum):
    """How much a version differs from the released one, and so how much ceremony it deserves; from the lightest.

    What each class means stands in decision 37; `assay.project.changes` computes it.
    """

    COSMETIC = "cosmetic"
    """Words and looks change, or a query is written in another way that computes the same."""
    ADDITIVE = "additive"
    """Something comes; all that was promised and computed is promised and computed as before."""
    REPAIR = "repair"
    """The promises stay, the code changes, and on the same cut no row does but those that broke a rule."""
    STANDARD = "standard"
    """Numbers or promises may change, or nobody can tell."""
    BREAKING = "breaking"
    """What others rely on goes or means something else."""


class Scope(StrEnum):
    """Of whom another gate is meant, seen from a subject."""

    SAME = "same"
    READS = "reads"
    RELEASE = "release"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Need:
    """Another gate: of the same subject, of what the subject reads, of the release, or of every subject in it."""

    gate: str
    scope: Scope = Scope.SAME


class By(StrEnum):
    """Whose statement satisfies a gate: evidence by a person, evidence by a node, or a person's sign-off."""

    PERSON = "person"
    NODE = "node"
    SIGN_OFF = "sign-off"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: one row of the process.

    Attributes:
        id: how statements name it.
        per: it is asked once for each subject of this kind.
        phase: to which stretch of the way it belongs.
        title: what is asked, in a few words for people.
        kind: the kind of statement that satisfies it.
        by: whose statement.
        roles: a person must hold one of these; empty for a node's.
        environment: which environment the statement must name.
        needs: gates that come first.
        distinct: whoever counts at these gates (or signed their evidence) cannot count here.
        same_person: a person who signed the evidence of this gate, and nobody else, can count here.
        classes: change classes for which it is asked.
        aspect: the meaning of the subject that must not have changed since.
        holders: who may hold the key that a person signs with here; of a node's statements it says nothing.
        max_age_days: after so many days a statement no longer counts; None for no limit.
        authenticated_within_minutes: a sign-off with a key that the portal holds counts only when its signer had shown
            so short a time before who they are; None for no such limit. A key of one's own shows it each time.
        delegates: whether somebody can sign here on behalf of an absent person who delegated it; only of sign-offs.
    """

    id: str
    per: SubjectKind
    phase: Phase
    title: str
    kind: Kind
    by: By
    roles: frozenset[Role] = frozenset()
    environment: str | None = None
    needs: tuple[Need, ...] = ()
    distinct: tuple[Need, ...] = ()
    same_person: str | None = None
    classes: frozenset[ChangeClass] = frozenset(ChangeClass)
    aspect: Aspect = Aspect.WHOLE
    holders: frozenset[Holder] = HANDS
    max_age_days: int | None = None
    authenticated_within_minutes: int | None = None
    delegates: bool = True


GateTable = tuple[Gate, ...]

_ENGINEERS = frozenset({Role.ENGINEER})
_REVIEWERS = frozenset({Role.ENGINEER, Role.VALIDATOR})
_STAKEHOLDERS = frozenset({Role.STAKEHOLDER})
_ANY = frozenset(ChangeClass)
_NUMBERS = _ANY - {ChangeClass.COSMETIC}
"""Of what computes or promises anything in another way."""
_PROMISES = _NUMBERS - {ChangeClass.REPAIR}
"""Of what promises or shows anything new: a repair keeps the promises, and who accepted them need not say so again."""
_PROVEN_ANEW = _NUMBERS - {ChangeClass.ADDITIVE}
"""Of what may change numbers that there were, or their making: an addition leaves both as they are."""
_FULL = _PROMISES & _PROVEN_ANEW
"""Of what may change what people already decide with."""


def _own(*gates: str) -> tuple[Need, ...]:
    return tuple(Need(gate) for gate in gates)


def _reads(*gates: str) -> tuple[Need, ...]:
    return tuple(Need(gate, Scope.READS) for gate in gates)


def _every(*gates: str) -> tuple[Need, ...]:
    return tuple(Need(gate, Scope.EVERY) for gate in gates)


def _release(*gates: str) -> tuple[Need, ...]:
    return tuple(Need(gate, Scope.RELEASE) for gate in gates)


def _acceptance(
    per: SubjectKind,
    environment: str,
    phase: Phase,
    after: tuple[Need, ...],
    classes: tuple[frozenset[ChangeClass], frozenset[ChangeClass], frozenset[ChangeClass]],
) -> GateTable:
    """Make the three acceptances of a subject in an environment: its engineer, another one, a stakeholder.

    Args:
        per: of which kind of subjects.
        environment: where.
        phase: to which stretch of the way they belong.
        after: what comes first.
        classes: for which change classes each of the three is asked.
    """
    aspect = Aspect.PRODUCTION if environment == "prod" else Aspect.WHOLE
    start = f"{per}.{environment}.accepted-by"
    engineer, other, stakeholder = f"{start}-engineer", f"{start}-other-engineer", f"{start}-stakeholder"
    where = environment.upper() if environment == "qa" else "production"
    return (
        Gate(
            engineer, per, phase, f"accepted in {where} by its engineer", Kind.ACCEPTED, By.SIGN_OFF,
            _ENGINEERS, environment, after, same_person=f"{per}.dev.built", classes=classes[0], aspect=aspect,
        ),
        Gate(
            other, per, phase, f"accepted in {where} by another engineer", Kind.ACCEPTED, By.SIGN_OFF,
            _REVIEWERS, environment, (*after, *_own(engineer)),
            distinct=_own(f"{per}.dev.built", engineer), classes=classes[1], aspect=aspect,
        ),
        Gate(
            stakeholder, per, phase, f"accepted in {where} by a stakeholder", Kind.ACCEPTED, By.SIGN_OFF,
            _STAKEHOLDERS, environment, (*after, *_own(engineer, other)),
            distinct=_own(f"{per}.dev.built", engineer, other), classes=classes[2], aspect=aspect,
        ),
    )  # fmt: skip


_REQUEST, _CONTRACT, _DATASET = SubjectKind.REQUEST, SubjectKind.CONTRACT, SubjectKind.DATASET
_SOLUTION, _RELEASE = SubjectKind.SOLUTION, SubjectKind.RELEASE

_IN_QA = (_NUMBERS, _ANY, _PROMISES)
_IN_PRODUCTION = (_PROMISES, _NUMBERS, _FULL)
"""For which classes its engineer, another one and a stakeholder are asked; the reasons stand in decision 37."""

DEFAULT_TABLE: GateTable = (
    Gate(
        "request.recorded", _REQUEST, Phase.DISCOVERY, "request recorded whole", Kind.REQUESTED, By.PERSON,
        frozenset({Role.STAKEHOLDER, Role.OWNER, Role.ENGINEER}),
    ),
    Gate(
        "contract.feasible", _CONTRACT, Phase.DISCOVERY, "feasibility assessed", Kind.ASSESSED, By.PERSON,
        _ENGINEERS, needs=_every("request.recorded"), classes=_PROMISES, aspect=Aspect.COLUMNS,
    ),
    Gate(
        "contract.approved-by-owner", _CONTRACT, Phase.DISCOVERY, "approved by the owner", Kind.APPROVED, By.SIGN_OFF,
        frozenset({Role.OWNER}), needs=_own("contract.feasible"), classes=_PROMISES,
    ),
    Gate(
        "contract.approved-by-stakeholder", _CONTRACT, Phase.DISCOVERY, "approved by a stakeholder",
        Kind.APPROVED, By.SIGN_OFF, _STAKEHOLDERS, needs=_own("contract.feasible"),
        distinct=_own("contract.approved-by-owner"), classes=_PROMISES,
    ),
    Gate(
        "dataset.feeds-delivered", _DATASET, Phase.DEVELOPMENT, "feeds delivered", Kind.DELIVERED, By.SIGN_OFF,
        _ENGINEERS, needs=_reads("contract.feasible"), classes=_NUMBERS, aspect=Aspect.FEEDS,
    ),
    Gate(
        "dataset.dev.built", _DATASET, Phase.DEVELOPMENT, "built in dev", Kind.BUILT, By.PERSON,
        _ENGINEERS, "dev", needs=(*_own("dataset.feeds-delivered"), *_reads("dataset.dev.built")),
    ),
    Gate(
        "solution.dev.built", _SOLUTION, Phase.DEVELOPMENT, "built in dev", Kind.BUILT, By.PERSON,
        _ENGINEERS, "dev", needs=_reads("dataset.dev.built"),
    ),
    Gate(
        "release.frozen", _RELEASE, Phase.DEVELOPMENT, "payload frozen", Kind.FROZEN, By.PERSON, _ENGINEERS,
        needs=_every(
            "request.recorded", "contract.approved-by-owner", "contract.approved-by-stakeholder",
            "dataset.dev.built", "solution.dev.built",
        ),
    ),
    Gate(
        "dataset.qa.checked", _DATASET, Phase.INITIAL_VALIDATION, "checks pass in QA", Kind.CHECKED, By.PERSON,
        _REVIEWERS, "qa", needs=_release("release.frozen"),
    ),
    *_acceptance(_DATASET, "qa", Phase.INITIAL_VALIDATION, _own("dataset.qa.checked"), _IN_QA),
    Gate(
        "solution.qa.published", _SOLUTION, Phase.INITIAL_VALIDATION, "published to QA and checked",
        Kind.PUBLISHED, By.PERSON, _REVIEWERS, "qa",
        needs=(*_release("release.frozen"), *_reads("dataset.qa.accepted-by-stakeholder")),
    ),
    *_acceptance(_SOLUTION, "qa", Phase.INITIAL_VALIDATION, _own("solution.qa.published"), _IN_QA),
    Gate(
        "release.prod.admitted", _RELEASE, Phase.DEPLOYMENT, "bundle admitted by the node", Kind.ADMITTED, By.NODE,
        environment="prod",
        needs=(
            *_release("release.frozen"),
            *_every("dataset.qa.accepted-by-stakeholder", "solution.qa.accepted-by-stakeholder"),
        ),
    ),
    Gate(
        "dataset.prod.populated", _DATASET, Phase.DEPLOYMENT, "populated in production, checks pass", Kind.POPULATED,
        By.NODE, environment="prod", needs=_release("release.prod.admitted"), aspect=Aspect.PRODUCTION,
    ),
    Gate(
        "dataset.prod.compared", _DATASET, Phase.DEPLOYMENT, "compared with QA on the same cut", Kind.COMPARED,
        By.NODE, environment="prod", needs=_own("dataset.prod.populated"), aspect=Aspect.PRODUCTION,
    ),
    Gate(
        "dataset.prod.soaked", _DATASET, Phase.DEPLOYMENT, "schedule active and soaked", Kind.SOAKED,
        By.NODE, environment="prod", needs=_own("dataset.prod.compared"), classes=_PROVEN_ANEW,
        aspect=Aspect.PRODUCTION,
    ),
    Gate(
        "solution.prod.published", _SOLUTION, Phase.DEPLOYMENT, "switched to production, published, read back",
        Kind.PUBLISHED, By.NODE, environment="prod", needs=_reads("dataset.prod.compared"), aspect=Aspect.PRODUCTION,
    ),
    *_acceptance(
        _DATASET, "prod", Phase.FINAL_VALIDATION, _own("dataset.prod.compared", "dataset.prod.soaked"), _IN_PRODUCTION
    ),
    *_acceptance(
        _SOLUTION, "prod", Phase.FINAL_VALIDATION,
        (*_own("solution.prod.published"), *_reads("dataset.prod.accepted-by-stakeholder")), _IN_PRODUCTION,
    ),
    Gate(
        "release.ordered", _RELEASE, Phase.RELEASE, "release order signed", Kind.ORDERED, By.SIGN_OFF,
        frozenset({Role.RELEASE_MANAGER}), "prod",
        needs=_every(
            "dataset.prod.accepted-by-stakeholder", "solution.prod.accepted-by-stakeholder", "solution.prod.published"
        ),
        distinct=_every("dataset.dev.built", "solution.dev.built"), authenticated_within_minutes=15,
        delegates=False,
    ),
    Gate(
        "release.released", _RELEASE, Phase.RELEASE, "released and read back", Kind.RELEASED,
        By.NODE, environment="prod", needs=_own("release.ordered"),
    ),
    Gate(
        "release.announced", _RELEASE, Phase.RELEASE, "announced", Kind.ANNOUNCED, By.NODE,
        environment="prod", needs=_own("release.released"),
    ),
    Gate(
        "release.feedback-asked", _RELEASE, Phase.MONITORING, "stakeholders asked for feedback", Kind.FEEDBACK_ASKED,
        By.PERSON, _REVIEWERS | _STAKEHOLDERS | {Role.RELEASE_MANAGER, Role.OWNER}, needs=_own("release.announced"),
    ),
)  # fmt: skip
"""Section 2 of the design, a row a gate. Rows stand after the rows they need."""


def gate_named(table: GateTable, gate_id: str) -> Gate | None:
    """Find a gate by its id."""
    return next((gate for gate in table if gate.id == gate_id), None)


def aspect_asked(table: GateTable, per: SubjectKind, kind: Kind, environment: str) -> Aspect:
    """Return the meaning that evidence has to name: that of the gate which asks for it, the whole where none does."""
    asked = (g.aspect for g in table if (g.per, g.kind, g.environment) == (per, kind, environment))
    return next(asked, Aspect.WHOLE)
