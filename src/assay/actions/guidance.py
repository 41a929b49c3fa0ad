"""Guidance: what somebody does about each gate, as literal data with places for release, product and gate."""

from __future__ import annotations

from dataclasses import dataclass

from assay.lifecycle.decide import GateState


@dataclass(frozen=True, slots=True)
class Step:
    """What to do about a gate: in words (``you`` is who does it), and the one command."""

    words: str
    command: str


_SIGN = "assay signoff {release} {gate}"
_NODE_DEPLOYS = Step("the node deploys it", "assay node deploy {release}")

STEPS: dict[str, Step] = {
    "request.recorded": Step("record the request", "assay request new"),
    "contract.feasible": Step("assess whether the contracts can be met", "assay assess {release}"),
    "contract.approved-by-owner": Step("approve the contracts, as their owner", _SIGN),
    "contract.approved-by-stakeholder": Step("approve the contracts, for the business", _SIGN),
    "dataset.feeds-delivered": Step("confirm that the feeds are delivered", _SIGN),
    "dataset.dev.built": Step("build in dev and sign for it", "assay build {product} --env dev --sign"),
    "solution.dev.built": Step("build in dev and sign for it", "assay build {product} --env dev --sign"),
    "release.frozen": Step("freeze the payload", "assay freeze {release}"),
    "dataset.qa.checked": Step("build and check in QA", "assay validate {release}"),
    "solution.qa.published": Step("publish to QA", "assay publish {release}"),
    "release.prod.admitted": Step(
        "build the bundle, admit it on the node, import the answer", "assay bundle build {release}"
    ),
    "dataset.prod.populated": _NODE_DEPLOYS,
    "dataset.prod.compared": _NODE_DEPLOYS,
    "dataset.prod.soaked": Step("the node runs its schedule", "assay node run --due"),
    "solution.prod.published": _NODE_DEPLOYS,
    "release.ordered": Step("sign the release order", "assay release order {release}"),
    "release.released": Step("the node releases it", "assay node release {release}.order.tar"),
    "release.announced": Step("the node announces it", "assay node release {release}.order.tar"),
    "release.feedback-asked": Step("ask the stakeholders for feedback", "assay feedback ask {release}"),
}
_ACCEPT = {
    "accepted-by-engineer": "accept it, as its engineer",
    "accepted-by-other-engineer": "look at it with other eyes and accept or reject it",
    "accepted-by-stakeholder": "accept or reject it, for the business",
}


def step_for(state: GateState, release: str, product: str) -> Step:
    """Return what to do about a gate, its command ready to run."""
    gate = state.gate.id
    step = STEPS.get(gate) or Step(_ACCEPT.get(gate.rpartition(".")[2], state.gate.title), _SIGN)
    return Step(step.words, step.command.format(release=release, product=product, gate=gate))
