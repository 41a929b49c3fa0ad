"""Reads what each contestant answered, and holds it against what is known of the pair."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contest.measure import Run

Answer = Mapping[str, Any]
"""``equal``, ``only_before``, ``only_after``, ``changed_rows`` and ``cells`` by column, as far as it tells them."""

WORDS = {
    "equal": "equal or not",
    "only_before": "rows on one side",
    "only_after": "rows on one side",
    "changed_rows": "changed rows",
    "cells": "changed cells of each column",
}
"""What each part of an answer is about."""

WANTED = ("only_before", "cells")
"""What a contestant should be able to tell; else a note says that it does not."""


def written(run: Run, place: Path) -> Answer:
    """Read the answer of a script of ours."""
    answer: Answer = json.loads((place / "answer.json").read_text())
    return answer


def assay_answer(run: Run, place: Path) -> Answer:
    """Read Assay's answer; columns without a change are not listed there."""
    (found,) = json.loads(run.out).values()
    return {
        "equal": found["isEqual"],
        "only_before": found["before"]["only"],
        "only_after": found["after"]["only"],
        "changed_rows": found["changedRows"],
        "cells": {name: column["changed"] for name, column in found["columns"].items()},
    }


def told(answer: Answer) -> str:
    """Return what an answer is about, in few words."""
    if "cells" in answer:
        return "rows, cells"
    return "rows" if "only_before" in answer else "equal or not"


def untold(answer: Answer) -> list[str]:
    """Return what an answer should tell and does not."""
    return [WORDS[part] for part in WANTED if part not in answer]


def differences(answer: Answer, known: Answer) -> Iterator[str]:
    """Give what an answer says otherwise than is known."""
    for part, value in answer.items():
        if part != "cells":
            if value != known[part]:
                yield f"{part} {value} instead of {known[part]}"
            continue
        for column in known[part].keys() | value.keys():
            found, right = value.get(column, 0), known[part].get(column, 0)
            if found != right:
                yield f"{column} {found} changed cells instead of {right}"
