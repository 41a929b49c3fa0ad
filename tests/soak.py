"""How many times: reduced counts by default and in CI, the full ones under ASSAY_SOAK=1 (`make soak`)."""

from __future__ import annotations

import os

SOAK = os.environ.get("ASSAY_SOAK") == "1"


def count(usual: int, soak: int) -> int:
    """Return how many times to try: ``usual`` in every run, ``soak`` under `make soak`."""
    return soak if SOAK else usual


PAUSE_SECONDS = 0.0 if SOAK else 0.05
"""Between two looks of a reader beside what is tested, which else takes a processor for itself."""
