"""What is committed: nothing that ties it to a machine or an index, nothing too big, no dead link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from house import ROOT, committed_files

FILES = committed_files()
PAGES = [path for path in FILES if path.suffix == ".md"]

DECISIONS = Path("docs/adr")

BIGGEST_BYTES = 8_000_000

NOWHERE = {
    "a host of a package index": re.compile(r"(pypi|pythonhosted|npmjs|debian|anaconda|crates)[.](org|com|io)\b"),
    "a path of one machine": re.compile(r"(?<![\w.])/(work|root|farm|home|Users)/\w"),
}
"""What no committed text may contain."""

LINK = re.compile(r"\]\((?!\w+:|#)(?P<target>[^)#\s]+)")


def forbidden(text: str) -> list[str]:
    """Name what a committed text contains and may not, each with its line."""
    return [
        f"line {number}: {what}: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in NOWHERE.items()
        if (match := pattern.search(line))
    ]


def decisions() -> list[str]:
    """Return the names of the decision records, in order."""
    return sorted(path.name for path in PAGES if path.parent == DECISIONS and path.name != "README.md")


def read(path: Path) -> str:
    """Read a committed file; of one that is no text there is nothing to read."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_committed_file_names_an_index_or_a_machine() -> None:
    found = {str(path): faults for path in FILES if (faults := forbidden(read(path)))}

    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "https://files.{}.org/packages/x.whl".format("pythonhosted"),
        "--index-url https://{}.org/simple".format("pypi"),
        "see /{}/ada/assay/data".format("home"),
        "open('/{}/data')".format("work"),
    ],
)
def test_the_check_sees_what_may_not_be_there(text: str) -> None:
    assert len(forbidden(f"first\n{text}\nlast")) == 1


@pytest.mark.parametrize(
    "text", ["src/home/page", "the /{}/x folder".format("tmp"), "./{}/here".format("work"), "a debian package"]
)
def test_the_check_lets_the_harmless_pass(text: str) -> None:
    assert forbidden(text) == []


def test_no_committed_file_is_too_big() -> None:
    assert [path for path in FILES if (ROOT / path).stat().st_size > BIGGEST_BYTES] == []


def test_the_locks_are_ours() -> None:
    assert [path for path in FILES if path.name in {"uv.lock", "poetry.lock", "Pipfile.lock"}] == []


def test_both_locks_pin_the_same_versions() -> None:
    pins = re.compile(r"^([\w.-]+)==([\w.+-]+)", re.MULTILINE)
    run, dev = (dict(pins.findall(read(Path("requirements") / name))) for name in ("run.txt", "dev.txt"))

    assert run
    assert run.items() <= dev.items()


def test_tests_are_no_package() -> None:
    assert [path for path in FILES if path.parts[0] == "tests" and path.name == "__init__.py"] == []


def test_the_readme_has_the_two_commands() -> None:
    readme = read(Path("README.md"))

    assert "make demo" in readme
    assert "make test" in readme


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = [
        f"{page}: {link['target']}"
        for page in PAGES
        for link in LINK.finditer(read(page))
        if not (ROOT / page.parent / link["target"]).exists()
    ]

    assert dead == []


def test_every_decision_is_in_the_index() -> None:
    listed = [link["target"] for link in LINK.finditer(read(DECISIONS / "README.md")) if link["target"][0].isdigit()]

    assert listed == decisions()


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(
        int(path.name[:4]) for path in PAGES if path.parent == Path("docs/adr") and path.name != "README.md"
    )

    assert numbers == list(range(1, len(numbers) + 1))


def test_no_page_has_a_place_that_nobody_filled_in() -> None:
    pages = [path for path in committed_files() if path.suffix == ".md"]

    assert [str(path) for path in pages if re.search(r"@[A-Z]{3,}@|\bTODO\b|\bTBD\b", read(path))] == []
