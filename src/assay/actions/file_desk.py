"""What looks at files that are of no project; apart from what is asked of them, so that little has to be loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.base.errors import Fault, Place, raise_faults

if TYPE_CHECKING:
    from assay.base.canonical import Digest
    from assay.base.ports import Engine, PartResults


@dataclass(frozen=True, slots=True)
class FileDesk:
    """What it takes to look at files.

    Attributes:
        engine: opens a session that may read some files' folders.
        digests: of files, in their order; None where nothing is to be remembered of them.
        memory: of what was read before.
        stamp: by what a file is known not to have been touched since it was asked the last time.
    """

    engine: Callable[[Sequence[str]], Engine]
    digests: Callable[[Sequence[str]], tuple[Digest, ...] | None]
    memory: PartResults
    stamp: Callable[[str], str]


class NoMemory:
    """The `PartResults` port of somebody who remembers nothing."""

    def get(self, part: Digest) -> Mapping[str, Any]:
        """Return nothing."""
        return {}

    def put(self, part: Digest, values: Mapping[str, Any]) -> None:
        """Forget it."""


def refuse_touched(desk: FileDesk, stamps: Mapping[str, str]) -> None:
    """Refuse what was read of files if one of them was touched meanwhile.

    Args:
        desk: where they are looked at.
        stamps: path to what `FileDesk.stamp` said before anything was read.

    Raises:
        AssayError: a file is another one now, or gone; all of these at once.
    """
    hint = "Run it again when nobody writes there."
    raise_faults(
        Fault(Place(path), "a file that nobody changes while it is read", "another one at its end", hint)
        for path, stamp in stamps.items()
        if desk.stamp(path) != stamp
    )
