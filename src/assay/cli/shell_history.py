"""Typing at a prompt: lines with their history and with Tab, where Python has readline; without it, lines alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType, TracebackType

_MOST_LINES = 1000
_WORDS = (
    "select", "from", "where", "group by", "order by", "limit", "join", "having", "with", "union all",
    "describe", "summarize", ".tables", ".help", ".quit",
)  # fmt: skip


class Typing:
    """Somebody at a terminal. Each line is remembered when it is typed, so that a killed process loses none."""

    def __init__(self, history: Path, names: Sequence[str]) -> None:
        """Begin.

        Args:
            history: where lines are remembered, for this user alone; a file that cannot be used is done without.
            names: completed by Tab, beside the words of a query.
        """
        self._history = history
        self._words = sorted({*names, *_WORDS})
        self._readline = _readline()

    def __enter__(self) -> Typing:
        """Take up the history."""
        if self._readline is not None:
            self._readline.clear_history()
            self._readline.set_auto_history(False)
            self._readline.set_completer_delims(" \t\n,()=<>;")
            self._readline.set_completer(self._complete)
            self._readline.parse_and_bind("tab: complete")
            with suppress(OSError):
                self._history.parent.mkdir(parents=True, exist_ok=True)
                self._history.touch(mode=0o600)
                self._readline.read_history_file(self._history)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave readline as it was for whoever comes after."""
        if self._readline is not None:
            self._readline.set_completer(None)
            self._readline.set_auto_history(True)

    def ask(self, prompt: str) -> str:
        """Return the next line.

        Raises:
            EOFError: there is none: Ctrl-D.
            KeyboardInterrupt: Ctrl-C.
        """
        said = input(prompt)
        if self._readline is not None and said.strip():
            self._readline.add_history(said)
            with suppress(OSError):
                self._readline.append_history_file(1, self._history)
                if os.path.getsize(self._history) > 100 * _MOST_LINES:  # noqa: PTH202  (a look, after each line)
                    self._readline.set_history_length(_MOST_LINES)
                    self._readline.write_history_file(self._history)
        return said

    def _complete(self, text: str, state: int) -> str | None:
        matches = [word for word in self._words if word.startswith(text.lower())]
        return matches[state] if state < len(matches) else None


def _readline() -> ModuleType | None:
    """Return Python's readline; None where it was built without."""
    try:
        import readline
    except ImportError:
        return None
    return readline
