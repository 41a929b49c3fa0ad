"""What all suites share: Hypothesis profiles, programs that a test needs, and no skipping where none is allowed."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from programs import found
from soak import SOAK

NO_SKIP = os.environ.get("ASSAY_NO_SKIP") == "1"

# Usual runs try the same examples every time, so that a red run is red again; soaking looks for new ones.
settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,  # the machine is shared; the suites have budgets
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("soak", settings.get_profile("ci"), max_examples=5_000, derandomize=False)
settings.load_profile("soak" if SOAK else "ci")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        if found(marker.args[0]) is None:
            pytest.skip(f"{marker.args[0]} is not on this machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here (ASSAY_NO_SKIP=1): {report.longreprtext or report.longrepr}"
