"""A sequence that grows at its end: what was read of it before stays as it was, and shares its memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar, overload

T_co = TypeVar("T_co", covariant=True)

_BLOCK = 512
"""So many items lie together. Growing by one copies at most these and one pointer a block."""


class Growing(Sequence[T_co]):
    """Items that are never changed, to which more can be added: that gives another sequence and leaves this one."""

    __slots__ = ("_blocks", "_rest")

    def __init__(self, items: Iterable[T_co] = ()) -> None:
        every = tuple(items)
        full = len(every) - len(every) % _BLOCK
        self._blocks = tuple(every[start : start + _BLOCK] for start in range(0, full, _BLOCK))
        self._rest = every[full:]

    def plus(self, items: Iterable[T_co]) -> Growing[T_co]:
        """Return a sequence of these items and of more after them."""
        tail = Growing((*self._rest, *items))
        tail._blocks = (*self._blocks, *tail._blocks)
        return tail

    def __len__(self) -> int:
        return len(self._blocks) * _BLOCK + len(self._rest)

    def __iter__(self) -> Iterator[T_co]:
        return chain.from_iterable((*self._blocks, self._rest))

    def __reversed__(self) -> Iterator[T_co]:
        return chain.from_iterable(map(reversed, (self._rest, *reversed(self._blocks))))

    @overload
    def __getitem__(self, index: int) -> T_co: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...

    def __getitem__(self, index: int | slice) -> T_co | tuple[T_co, ...]:
        place = range(len(self))[index]
        if isinstance(place, range):
            return tuple(self[each] for each in place)
        block, offset = divmod(place, _BLOCK)
        return self._blocks[block][offset] if block < len(self._blocks) else self._rest[offset]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Growing, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # it is equal to tuples, whose hash nobody needs here

    def __repr__(self) -> str:
        return f"Growing({list(self)!r})"
