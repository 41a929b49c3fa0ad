"""Selection: which checks are run, by id, dimension, tag and severity; whoever shows the rest counts it as not run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from assay.base.errors import Fault, Place, WrongUsage

if TYPE_CHECKING:
    from assay.validation.checks import Check

FEW = 5
"""How many failing rows of a check are shown when nobody says otherwise."""

_NEAREST = 3
_LONGEST = 80
"""Characters of what somebody typed that are said back to them."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which checks are wanted: of each field any of its words, and all fields that have words.

    Attributes:
        rules: ids or names of rules; ``*`` stands for any characters, ``?`` for one.
        dimensions: such as ``completeness``.
        tags: of a rule or of the column at which it stands.
        severities: ``fail`` or ``warn``.
    """

    rules: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not any(getattr(self, field.name) for field in fields(self))


EVERYTHING = Selection()

OPTIONS: Mapping[str, str] = {
    "rules": "--rule",
    "dimensions": "--dimension",
    "tags": "--tag",
    "severities": "--severity",
}
"""Field of a selection to how it is asked for."""

_SAID: Mapping[str, Callable[[Check], tuple[str, ...]]] = {
    "rules": lambda check: (check.id, *([check.name] if check.name else [])),
    "dimensions": lambda check: (str(check.dimension),),
    "tags": lambda check: check.tags,
    "severities": lambda check: (str(check.severity),),
}
"""Field of a selection to the words of a check that it is held against."""


def select_checks(checks: Sequence[Check], selection: Selection) -> tuple[Check, ...]:
    """Return the checks that are wanted, in their order.

    Args:
        checks: of all the datasets that are looked at, so that a word may mean a check of any.
        selection: which.

    Raises:
        WrongUsage: a word that no check has, with the nearest that some have; or words that no check has together.
    """
    faults = [
        _unknown(field, word, known)
        for field, said in _SAID.items()
        for known in [list(dict.fromkeys(each for check in checks for each in said(check)))]
        for word in getattr(selection, field)
        if not any(_means(word, each) for each in known)
    ]
    if faults:
        raise WrongUsage(*faults)
    chosen = tuple(check for check in checks if _is_wanted(check, selection))
    if not chosen and not selection.is_everything:
        asked = " ".join(f"{OPTIONS[field]} {word}" for field in _SAID for word in getattr(selection, field))
        hint = "Each of them is there, but no rule has them together."
        raise WrongUsage(Fault(Place(asked[:_LONGEST]), "a rule to run", "none", hint))
    return chosen


def _is_wanted(check: Check, selection: Selection) -> bool:
    return all(
        not words or any(_means(word, each) for word in words for each in said(check))
        for field, said in _SAID.items()
        for words in [getattr(selection, field)]
    )


def _means(word: str, said: str) -> bool:
    """Say whether a word means this; case does not count, and a name with a bracket in it means itself."""
    word, said = word.lower(), said.lower()
    return word == said or fnmatchcase(said, word.replace("[", "[[]"))


def _unknown(field: str, word: str, known: Sequence[str]) -> Fault:
    hint = _nearest(word, known)
    return Fault(Place(f"{OPTIONS[field]} {word[:_LONGEST]}"), "one that some rule has", "one that none has", hint)


def _nearest(word: str, known: Iterable[str]) -> str:
    lower = {each.lower(): each for each in known}
    if not lower:
        return "No rule has any."
    near = get_close_matches(word.lower(), lower, _NEAREST, cutoff=0.5) or list(lower)[:_NEAREST]
    more = f", and {len(lower) - len(near):,} others" if len(lower) > len(near) else ""
    return f"Nearest: {', '.join(lower[one] for one in near)}{more}."
