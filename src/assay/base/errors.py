"""Errors that name the place, what was expected, what was found and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file (or another thing with a name) and, where known, line and column from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.file] + [str(n) for n in (self.line, self.column) if n is not None]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the place, what was expected there, what was found, and what to do next.

    Attributes:
        is_passing: whether something lacks that may be there a little later, without anybody changing the project: a
            delivery, an answer, room on a disk.
    """

    where: Place
    expected: str
    found: str
    hint: str = ""
    is_passing: bool = field(default=False, compare=False, kw_only=True)

    def __str__(self) -> str:
        line = f"{self.where}: expected {self.expected}, found {self.found}"
        return f"{line}. {self.hint}" if self.hint else line


class AssayError(Exception):
    """Say no to something that was asked, with every fault that was seen. Nothing has been changed.

    The exit code is 1: the program worked, the answer is no.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults: tuple[Fault, ...] = faults

    @property
    def is_passing(self) -> bool:
        """Whether the same may succeed a little later as it is: nothing but what is passing stands in its way."""
        return bool(self.faults) and all(fault.is_passing for fault in self.faults)


class WrongUsage(AssayError):
    """Say that the command itself was put wrongly (exit code 2)."""

    exit_code: ClassVar[int] = 2


class Denied(AssayError):
    """Say that it is not this person's to do, or nobody's who is not known; whoever keeps an audit notes it."""


class ReauthenticationNeeded(AssayError):
    """Say that a gate asks whoever signs to show anew who they are; then the same may be done again."""


class Busy(AssayError):
    """Say that somebody else is at work on it at this moment; the same may be done a little later."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(replace(fault, is_passing=True) for fault in faults))


class Unavailable(AssayError):
    """Say that what things are kept in cannot be used now; nothing was changed, and the same may be done later."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(replace(fault, is_passing=True) for fault in faults))


def refusal(where: str, *, expected: str, found: str, hint: str = "", is_passing: bool = False) -> AssayError:
    """Make an error of a single fault.

    Args:
        where: the name of the thing that is at fault (a file, a dataset, a release, a command).
        expected: what would have been right.
        found: what is there instead.
        hint: what to do next, as a whole sentence; empty where there is nothing to advise.
        is_passing: as in `Fault`.
    """
    return AssayError(Fault(Place(where), expected, found, hint, is_passing=is_passing))


def raise_faults(faults: Iterable[Fault]) -> None:
    """Raise all faults as one error, ordered by place; return when there are none."""
    ordered = sorted(faults, key=lambda f: (f.where.file, f.where.line or 0, f.where.column or 0, f.expected))
    if ordered:
        raise AssayError(*ordered)
