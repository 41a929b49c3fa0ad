"""Whether anybody is told of a build: what it takes to tell is loaded only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from assay.actions.step_events import Watch
from assay.actions.workshop import Progress
from assay.base.errors import AssayError
from assay.base.ports import LineageEvents
from assay.base.snapshots import Manifest
from assay.project.model import Project

if TYPE_CHECKING:
    from assay.validation.verdicts import Verdict


class Teller(Protocol):
    """Tells of one build, or keeps it to itself."""

    def watch(self, watch: Watch) -> Watch:
        """Return what tells of the steps of the build, and passes on to another what it is told itself."""
        ...

    def checked(self, snapshots: Mapping[str, Manifest], verdicts: Mapping[str, Sequence[Verdict]]) -> None:
        """Tell what the checks of datasets said, by the datasets' names."""
        ...


class Silence:
    """The teller where nobody is told."""

    def watch(self, watch: Watch) -> Watch:
        """Return the other as it is."""
        return watch

    def checked(self, snapshots: Mapping[str, Manifest], verdicts: Mapping[str, Sequence[Verdict]]) -> None:
        """Tell nothing."""


def nothing(text: str) -> None:
    """Be told something, and do nothing about it."""


@contextmanager
def telling(
    events: LineageEvents | None, project: Project, product: str, environment: str, now: Callable[[], datetime],
    warn: Progress,
) -> Iterator[Teller]:  # fmt: skip
    """Tell of a build while the block runs.

    Args:
        events: who is told; None for nobody.
        project: whose product is built.
        product: its name.
        environment: for which it is built.
        now: tells the time.
        warn: told once, when an event was not taken.
    """
    if events is None:
        yield Silence()
        return
    from assay.actions.build_telling import new_telling
    from assay.documentation.openlineage import State

    told = new_telling(events, project, product, environment, now, warn)
    told.begins()
    try:
        yield told
    except AssayError as error:
        told.ends(State.FAIL, error.faults)
        raise
    except BaseException:
        told.ends(State.ABORT)
        raise
    told.ends(State.COMPLETE)
