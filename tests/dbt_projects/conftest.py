"""dbt is installed once for all runs; where it cannot be, these tests say so and are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbt_projects.installing import installed_dbt
from environments import NotInstalled


@pytest.fixture(scope="session")
def dbt() -> Path:
    """Return the program dbt."""
    try:
        return installed_dbt()
    except NotInstalled as error:
        pytest.skip(f"dbt cannot be installed here: {error}")
