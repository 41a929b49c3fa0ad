"""pyspark is installed once for all runs; where it cannot be, these tests say so and are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import NotInstalled, environment

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


@pytest.fixture(scope="session")
def spark_python() -> Path:
    """Return a Python that has our packages and pyspark."""
    try:
        return environment("spark", REQUIREMENTS, beside_ours=True) / "bin" / "python"
    except NotInstalled as error:
        pytest.skip(f"pyspark cannot be installed here: {error}")


@pytest.fixture
def with_spark(spark_python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the processes of steps be run by a Python that has pyspark, as where Assay is installed with it."""
    monkeypatch.setattr("sys.executable", str(spark_python))
    return spark_python
