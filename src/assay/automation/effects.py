"""Effects outside, as intents: planned, carried out, read back; each known by a key, so that doing it twice is once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.automation.node import Node
from assay.base.errors import refusal
from assay.base.ports import Event

PLANNED = "intent-planned"
DONE = "intent-done"
LEFT = "intent-left"
"""What was to be had and is left to others, with the reason."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One effect that is to be had.

    Attributes:
        key: by which it is known; the same key is the same effect.
        effect: in words.
        act: carries it out; must be safe to repeat.
        read_back: looks at the world and says what is there; None when the effect is not there.
    """

    key: str
    effect: str
    act: Callable[[], None]
    read_back: Callable[[], Mapping[str, Any] | None]


def carry_out(node: Node, intent: Intent, events: Sequence[Event]) -> None:
    """Have an effect once: plan it, do it, read it back, noting each; one that was read back before is left alone.

    Raises:
        AssayError: it cannot be read back; the intent stays planned, and the next run tries it again.
    """
    noted = {(event.kind, event.data.get("key")) for event in events}
    if (DONE, intent.key) in noted:
        return
    if (PLANNED, intent.key) not in noted:
        node.note(PLANNED, {"key": intent.key, "effect": intent.effect})
    intent.act()
    found = intent.read_back()
    if found is None:
        raise refusal(intent.key, expected=intent.effect, found="nothing of it when it was read back")
    node.note(DONE, {"key": intent.key, "read_back": dict(found)})
