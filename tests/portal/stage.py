"""Where the flights' journey plays: the project with the demo's defect, a portal, a node, and one clock for all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assay.actions.home import Home
from assay.base.accounts import Principal
from assay.connectors.clocks import FixedClock
from assay.connectors.keys import new_key
from assay.identity.portal import Door, Portal
from homes import Ran, assay, only
from journeys.flights_home import EXAMPLE, PEOPLE, Place, git
from portal.site import Site, make_site

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""

STEP = "products/ontime/workflow/ontime_daily.sql"


@dataclass(slots=True)
class Stage:
    """The homes of the journey, and what time it is in all of them.

    Attributes:
        place: the design side, the keys and the node.
        site: the portal.
        now: the rehearsal's clock; each command and each page is a minute later, so that nothing happens at once.
    """

    place: Place
    site: Site
    now: datetime = field(default=START)

    def do(self, person: str, *arguments: str | Path) -> Ran:
        """Type a command at somebody's terminal; it has to succeed."""
        ran = assay(*arguments, **self._environment(), ASSAY_KEY=self.place.key(person))
        assert ran.code == 0, ran.text
        return ran

    def on_node(self, *arguments: str | Path) -> None:
        """Run a command of the node, and bring its answer to the design side as a file."""
        ran = assay("node", *arguments, **self._environment())
        assert ran.code == 0, ran.text

    def bring(self, answer: Path) -> None:
        """Bring the node's answer to the design side."""
        self.do("ada", "ledger", "import", answer)

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def morning(self) -> None:
        """Let it be the next morning, just after the schedule's hour."""
        self.now = (self.now + timedelta(days=1)).replace(hour=6, minute=5)

    def portal(self) -> Portal:
        """Open the portal; its projects have the rehearsal's clock."""
        portal = self.site.open()
        with only(self._environment()):
            doors: Mapping[str, Door] = {name: Rehearsed(door, self) for name, door in portal.projects.items()}
        return replace(portal, projects=doors)

    def _environment(self) -> dict[str, str | Path]:
        self.later(minutes=1)
        return {
            "ASSAY_PROJECT": self.place.design,
            "ASSAY_NODE": self.place.node,
            "ASSAY_REHEARSAL_TIME": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
        }


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The `Door` to a project whose clock the stage sets."""

    door: Door
    stage: Stage

    @property
    def name(self) -> str:
        """How addresses name the project."""
        return self.door.name

    def open(self, principal: Principal | None) -> Home:
        """Open the home, as late as it is on the stage."""
        return replace(self.door.open(principal), clock=FixedClock(self.stage.now))


def set_up(root: Path) -> Stage:
    """Lay out the project under git, everybody's keys at the terminal and in the portal, and a node."""
    place = Place(root)
    shutil.copytree(EXAMPLE, place.design, ignore=shutil.ignore_patterns(".assay", "demo"))
    shutil.copy(EXAMPLE / "demo" / "ontime_daily_defect.sql", place.design / STEP)
    shutil.copytree(place.design / "data", root / "landing")
    place.post.mkdir()
    for person in PEOPLE:
        public = new_key(place.key(person)).public.raw.hex()
        pattern = rf"(email: {person}@[^\n]*\n(?:[^\n]*\n){{2}}\s+keys: )\[\]"
        place.edit("people.yaml", pattern, rf'\g<1>[{{public: "{public}"}}]')
    place.edit("assay.yaml", r"\Z", "rehearsal: true\n")
    place.write(".gitignore", ".assay/\n")
    site = make_site(place.design, root / "portal", "flights", (*PEOPLE, "alma"))
    public = new_key(place.key("nils")).public.raw.hex()
    nils = f'  - {{email: nils@example.org, name: Nils, roles: [admin], keys: [{{public: "{public}"}}]}}\n'
    (root / "roster.yaml").write_text((place.design / "people.yaml").read_text() + nils)
    done = place.on_node(
        "init", "--name", "harbour", "--roster", root / "roster.yaml",
        "--set", f"ASSAY_LANDING={root / 'landing'}", "--rehearsal", "--one-admin",
    )  # fmt: skip
    assert done.code == 0, done.text
    place.edit("assay.yaml", r"keys: \[\]", f'keys: [{{public: "{(place.node / "key.pub").read_text().strip()}"}}]')
    git(place.design, "init", "--quiet")
    commit(place, "The product, as first written")
    return Stage(place, site)


def correct(stage: Stage) -> None:
    """Take the defect out of the step, and commit it."""
    shutil.copy(EXAMPLE / STEP, stage.place.design / STEP)
    commit(stage.place, "Do not count cancelled flights as on time")


def commit(place: Place, message: str) -> None:
    """Commit everything."""
    git(place.design, "add", "--all")
    git(place.design, "commit", "--quiet", "--message", message)
