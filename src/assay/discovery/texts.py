"""Texts that people write into the record: how long they may be, and which characters they may hold.

Markup in them is text like any other; whoever shows a text escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import category, name

from assay.base.errors import Fault, Place

LONGEST_LINE = 200
LONGEST_TEXT = 10_000
"""In characters, after line ends and outer blanks were made one form."""

_LAYOUT = frozenset("\n\t")
_LINE_ENDS = frozenset({"Zl", "Zp"})
_INVISIBLE = frozenset({"Cc", "Cs"})
"""Unicode's categories of control characters and of halves of characters."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of what follows, so that a text shows as another one than was signed."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a text may be: at most so many characters, on one line or on several."""

    longest: int
    is_line: bool = False


LINE = Bound(LONGEST_LINE, is_line=True)
TEXT = Bound(LONGEST_TEXT)


def normal_text(text: str) -> str:
    """Return a text in the form in which it is kept: LF line ends, no blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def text_fault(text: str, bound: Bound, where: Place, wanted: str) -> Fault | None:
    """Find what keeps a text out of the record; the text itself is not repeated, it may be long.

    Args:
        text: as `normal_text` returned it.
        bound: what it may be.
        where: the place that a fault names.
        wanted: what belongs there, for a text that is empty.

    Returns:
        The first fault; None for a text that can be kept.
    """
    if not text:
        return Fault(where, wanted, "nothing")
    if len(text) > bound.longest:
        return Fault(where, f"at most {bound.longest:,} characters", f"{len(text):,}")
    refused = next((character for character in text if _is_refused(character, bound)), None)
    if refused is None:
        return None
    if refused in _LAYOUT or category(refused) in _LINE_ENDS:
        return Fault(where, "one line of plain text", f"the character {_named(refused)}", "Write it on one line.")
    return Fault(where, "plain text", f"the character {_named(refused)}", "Take it out; it cannot be seen.")


def _is_refused(character: str, bound: Bound) -> bool:
    kind = category(character)
    if character in _LAYOUT or kind in _LINE_ENDS:
        return bound.is_line
    return kind in _INVISIBLE or character in _TURNING


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {name(character, '')}".rstrip()
