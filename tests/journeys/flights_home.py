"""A small real project: the example with one month of flights, everybody's keys, and a release that is frozen."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from assay.connectors.keys import new_key
from homes import Ran, assay, copy_home
from house import ROOT

EXAMPLE = ROOT / "examples" / "flights"
PEOPLE = ("ada", "ben", "carla", "dora", "rita", "audrey")
NOW = "2026-03-10T09:00:00Z"


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one test lies: the design side's project, keys, a node's home, files that people send."""

    root: Path

    @property
    def design(self) -> Path:
        return self.root / "design"

    @property
    def node(self) -> Path:
        return self.root / "node"

    @property
    def post(self) -> Path:
        return self.root / "post"

    @property
    def database(self) -> Path:
        return self.design / ".assay" / "state.db"

    def key(self, person: str) -> Path:
        return self.root / "keys" / f"{person}.pem"

    def run(self, person: str | None, *arguments: str | Path, at: str = NOW, **environment: str | Path) -> Ran:
        """Run a command as somebody, in the design side's project."""
        if person is not None:
            environment["ASSAY_KEY"] = self.key(person)
        environment = {"ASSAY_PROJECT": self.design, "ASSAY_REHEARSAL_TIME": at, **environment}
        return assay(*arguments, **environment)

    def do(self, person: str | None, *arguments: str | Path, at: str = NOW) -> Ran:
        """Run a command that has to succeed."""
        done = self.run(person, *arguments, at=at)
        assert done.code == 0, done.text
        return done

    def on_node(self, *arguments: str | Path, at: str = NOW) -> Ran:
        """Run a command of the node."""
        return assay("node", *arguments, ASSAY_NODE=self.node, ASSAY_REHEARSAL_TIME=at)

    def edit(self, file: str, pattern: str, replacement: str) -> None:
        """Change a place of a project's file, which must be there exactly as the pattern says."""
        path = self.design / file
        text, changes = re.subn(pattern, replacement, path.read_text(), count=1)
        assert changes == 1, f"{file} has no {pattern}"
        path.write_text(text)

    def write(self, file: str, content: str | bytes) -> None:
        """Write a file of the project anew."""
        path = self.design / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def copy(self, root: Path) -> Place:
        """Copy everything to another folder."""
        return Place(copy_home(self.root, root))


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular."""
    who = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def prepare(root: Path) -> Place:
    """Lay out a project with keys and one month of flights, under git; nothing is recorded yet."""
    place = Place(root)
    root.mkdir(parents=True)
    shutil.copytree(EXAMPLE, place.design, ignore=shutil.ignore_patterns(".assay", "demo", "2013-1*", "2013-0[2-9]*"))
    place.post.mkdir()
    for person in PEOPLE:
        public = new_key(place.key(person)).public.raw.hex()
        pattern = rf"(email: {person}@[^\n]*\n(?:[^\n]*\n){{2}}\s+keys: )\[\]"
        place.edit("people.yaml", pattern, rf'\g<1>[{{public: "{public}"}}]')
    place.edit("assay.yaml", r"\Z", "rehearsal: true\n")
    (place.design / ".gitignore").write_text(".assay/\n")
    git(place.design, "init", "--quiet")
    git(place.design, "add", "--all")
    git(place.design, "commit", "--quiet", "--message", "The product")
    return place


REQUEST = (
    "request", "new", "--product", "ontime", "--title", "Delays", "--question", "Where?", "--deliverable", "dashboard",
    "--audience", "Us", "--needed-by", "2026-12-31", "--acceptance", "All days",
)  # fmt: skip


def freeze_release(place: Place) -> None:
    """Take R-0001 from its request to a frozen payload."""
    place.do("carla", *REQUEST)
    place.do("ada", "release", "new", "ontime", "--request", "Q-0001")
    place.do("ada", "assess")
    place.do("dora", "signoff")
    place.do("carla", "signoff")
    place.do("ada", "signoff", "R-0001", "feeds-delivered")
    place.do("ada", "build", "--sign")
    place.do("ada", "freeze")
