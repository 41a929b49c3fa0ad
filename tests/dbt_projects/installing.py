"""dbt in an environment of its own, made once for each list of requirements and Python."""

from __future__ import annotations

import os
from pathlib import Path

from environments import environment

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def installed_dbt() -> Path:
    """Return the program dbt: the one that ASSAY_DBT names, else our own, installed where it is not there yet.

    Raises:
        NotInstalled: it cannot be installed.
    """
    named = os.environ.get("ASSAY_DBT")
    return Path(named) if named else environment("dbt", REQUIREMENTS) / "bin" / "dbt"
