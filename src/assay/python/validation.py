"""What rules gave, as the Python door returns it: looked at in an environment, or validated for a release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.actions.results import result_of
from assay.documentation.blocks import Block, Line, counted, text_of
from assay.documentation.evidence_blocks import result_blocks
from assay.documentation.evidence_results import DatasetResult
from assay.python.building import Build
from assay.validation.conditions import Outcome

if TYPE_CHECKING:
    from assay.actions.checking import Checked
    from assay.actions.validate import Validated

_GOOD = frozenset({Outcome.PASS, Outcome.WARN})


@dataclass(frozen=True, slots=True, repr=False)
class Checks:
    """What the rules of contracts say of what an environment serves; it is a look, nothing is signed.

    Attributes:
        title: what was looked at.
        results: by dataset: verdicts with their rules, and a few failing rows.
    """

    title: str
    results: Mapping[str, DatasetResult]

    @property
    def is_good(self) -> bool:
        """Whether every dataset passed; one that only warns has."""
        return all(result.outcome in _GOOD for result in self.results.values())

    def __repr__(self) -> str:
        return text_of(self._blocks())

    def _repr_html_(self) -> str:
        """Show it in a notebook: the rules that failed first, with some of their rows."""
        from assay.python.display import notebook

        return notebook().results(self._said(), list(self.results.values()))

    def _said(self) -> str:
        return f"{self.title}, {counted(len(self.results), 'dataset')}: {'good' if self.is_good else 'not good'}"

    def _blocks(self) -> Iterator[Block]:
        yield Line(self._said())
        for result in self.results.values():
            yield from result_blocks(result)


@dataclass(frozen=True, slots=True, repr=False)
class Validation:
    """What every rule of a release's contracts said, and what was signed of it."""

    _done: Validated

    @property
    def release(self) -> str:
        """Which release."""
        return self._done.release

    @property
    def is_good(self) -> bool:
        """Whether every dataset passed; one that only warns has."""
        return self._done.is_good

    @property
    def signed(self) -> tuple[str, ...]:
        """The datasets for which a statement was recorded now; the others had one that still holds."""
        return self._done.signed

    @property
    def checked(self) -> Mapping[str, Checked]:
        """What checking gave, by dataset: verdicts, profile, the snapshot and the cut."""
        return self._done.checked

    @property
    def results(self) -> Mapping[str, DatasetResult]:
        """The same in the form in which it is shown, by dataset: verdicts with their rules and a few failing rows."""
        done = self._done
        return {
            name: result_of(done.contracts[name], done.datasets[name], checked, is_explained=False)
            for name, checked in done.checked.items()
        }

    @property
    def build(self) -> Build:
        """What was built in QA for it, from the payload."""
        return Build(self._done.made)

    def __repr__(self) -> str:
        return repr(self._checks())

    def _repr_html_(self) -> str:
        """Show it in a notebook: the rules that failed first, with some of their rows."""
        return self._checks()._repr_html_()

    def _checks(self) -> Checks:
        return Checks(f"Validation of {self.release}", self.results)
