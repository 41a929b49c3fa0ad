"""What a translation carries: every value of the document that it reads is taken, or told as not carried.

Whoever translates takes the values that it writes down, by name. What nobody took is listed without anybody's doing,
so that a field that is forgotten, or comes with a later version of a format, is told and never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.base.reading import Path
from assay.contract.shape import shown


@dataclass(frozen=True, slots=True, order=True)
class NotCarried:
    """A value that the other format has no place for.

    Attributes:
        path: where it stands, in the words of the document that it stands in.
        what: the value, briefly.
        why: as a clause without a full stop.
    """

    path: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How one kind of document is accounted for.

    Attributes:
        spoken: says a path, given the whole document.
        is_silent: says whether a value, at its path, says nothing: a default, a word about the form of the file.
        entries: names of lists and mappings whose entries are told one by one.
        reasons: name of a field to why it is not carried.
        otherwise: why anything else is not.
    """

    spoken: Callable[[Any, Path], str]
    is_silent: Callable[[Path, Any, Any], bool]
    entries: frozenset[str]
    reasons: Mapping[str, str]
    otherwise: str


@dataclass(slots=True)
class Cargo:
    """One document on its way into another format, and what was taken of it so far."""

    document: Any
    manner: Manner
    _taken: set[Path] = field(default_factory=set)
    _above: set[Path] = field(default_factory=set)
    _told: dict[Path, str] = field(default_factory=dict)

    @property
    def root(self) -> Part:
        """The whole document."""
        return Part(self, (), self.document)

    def take(self, path: Path) -> None:
        """Mark a value, with all that is inside, as carried."""
        self._taken.add(path)
        self._above.update(path[:end] for end in range(len(path)))

    def enter(self, path: Path) -> None:
        """Mark a value as one of which parts may be carried."""
        self._above.update(path[:end] for end in range(len(path) + 1))

    def leave(self, path: Path, why: str) -> None:
        """Say why a value is not carried, where that is not the usual reason."""
        self._told[path] = why
        self._above.update(path[:end] for end in range(len(path)))

    def left(self) -> tuple[NotCarried, ...]:
        """List what was not taken, in the order of the document; of what was not touched at all only the whole."""
        found = self._left((), self.document, None)
        return tuple(
            NotCarried(self.manner.spoken(self.document, path), _brief(value), why) for path, value, why in found
        )

    def rest(self) -> tuple[tuple[str, Any], ...]:
        """Return what was not taken, with its path and in full."""
        return tuple(
            (self.manner.spoken(self.document, path), value) for path, value, _ in self._left((), self.document, None)
        )

    def _left(self, path: Path, value: Any, parent: Any) -> Iterator[tuple[Path, Any, str]]:
        if path in self._told:
            yield path, value, self._told[path]
        elif path not in self._taken and not self.manner.is_silent(path, value, parent):
            inside = list(_inside(path, value))
            if not inside or not (path in self._above or (path and path[-1] in self.manner.entries)):
                yield path, value, self._reason(path)
                return
            for place, part in inside:
                yield from self._left(place, part, value)

    def _reason(self, path: Path) -> str:
        names = [step for step in path if isinstance(step, str)]
        known = (self.manner.reasons[name] for name in reversed(names) if name in self.manner.reasons)
        return next(known, self.manner.otherwise)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document on its way."""

    cargo: Cargo
    path: Path
    value: Any

    def at(self, *steps: str | int) -> Part:
        """Go to a part inside; its value is None where there is none."""
        value = self.value
        for step in steps:
            is_there = (
                step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
            )
            value = value[step] if is_there else None
        return Part(self.cargo, (*self.path, *steps), value)

    def each(self, name: str) -> list[Part]:
        """Return the mappings of a list inside, in their order."""
        listed = self.at(name)
        count = len(listed.value) if isinstance(listed.value, list) else 0
        return [one for one in (listed.at(index) for index in range(count)) if isinstance(one.value, dict)]

    def named(self, name: str) -> dict[str, Part]:
        """Return the entries of a mapping inside, by their names."""
        listed = self.at(name)
        return {key: listed.at(key) for key in listed.value} if isinstance(listed.value, dict) else {}

    def take(self, *names: str) -> None:
        """Mark fields as carried."""
        for name in names:
            self.cargo.take((*self.path, name))

    def enter(self) -> None:
        """Mark that this part is there on the other side, so that what is inside is told one by one."""
        self.cargo.enter(self.path)

    def take_whole(self) -> None:
        """Mark this part as carried, with all that is inside."""
        self.cargo.take(self.path)

    def give(self, name: str) -> Any:
        """Return a field's value and mark it as carried; None where there is none."""
        self.take(name)
        return self.at(name).value

    def leave_whole(self, why: str) -> None:
        """Say why nothing of this part is carried."""
        self.cargo.leave(self.path, why)

    def leave(self, why: str, *names: str) -> None:
        """Say why fields are not carried, those of them that are there."""
        for name in names:
            if isinstance(self.value, dict) and name in self.value:
                self.cargo.leave((*self.path, name), why)


def _inside(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        yield from (((*path, name), part) for name, part in value.items())
    elif isinstance(value, list):
        yield from (((*path, index), part) for index, part in enumerate(value))


def _brief(value: Any) -> str:
    """Say a value briefly: a rule or another entry by its own words, where it has some."""
    if isinstance(value, dict):
        words = next((value[name] for name in ("description", "name", "id") if isinstance(value.get(name), str)), None)
        return shown(value) if words is None else shown(" ".join(words.split()))
    return shown(value)
