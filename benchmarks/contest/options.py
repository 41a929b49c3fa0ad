"""The command line that all benchmarks of this kind have, and whom it chooses."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from contest.flights import ROWS


def options(description: str, slow: str = "") -> argparse.ArgumentParser:
    """Return the parser.

    Args:
        description: what is measured.
        slow: for whom one turn has to do, unless somebody says otherwise.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dir", type=Path, required=True, help="where data and environments are made, once")
    parser.add_argument("--turns", type=int, default=3, help="of each contestant [3]")
    once = f"those for whom one turn has to do [{slow or 'none'}]"
    parser.add_argument("--once", type=_names, default=_names(slow), help=once)
    parser.add_argument("--only", type=_names, default=(), help="contestants by commas; assay is all its runs [all]")
    parser.add_argument("--peers", type=_names, default=("all",), help="all, none, or names by commas [all]")
    scales = "x1, x30 or both by a comma [both]"
    parser.add_argument("--scale", type=_scales, default=tuple(ROWS), help=scales)
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _scales(text: str) -> tuple[str, ...]:
    names: Sequence[str] = _names(text)
    if set(names) - set(ROWS):
        raise argparse.ArgumentTypeError("x1 or x30")
    return tuple(names)
