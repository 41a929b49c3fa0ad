"""The working tree: which folder is the project, which of its files are read, which data a pattern means."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from assay.base.errors import AssayError
from assay.project.layout import is_project_file
from assay.stores.worktree import data_files, file_marks, find_project, read_files


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_the_project_is_the_nearest_folder_upwards_that_has_the_marker(tmp_path: Path) -> None:
    write(tmp_path, "assay.yaml", "inner/assay.yaml", "inner/products/p/product.yaml", "other/note.txt")

    assert find_project(tmp_path / "inner/products/p") == tmp_path / "inner"
    assert find_project(tmp_path / "inner") == tmp_path / "inner"
    assert find_project(tmp_path / "other") == tmp_path


def test_a_folder_named_as_the_marker_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "assay.yaml").mkdir()

    with pytest.raises(AssayError, match=r"a folder with the file assay\.yaml, here or above, found none"):
        find_project(tmp_path)


def test_the_files_of_a_project_are_read_and_nothing_else(tmp_path: Path) -> None:
    mine = ["assay.yaml", "people.yaml", "process.yaml", "sources/s.odcs.yaml", "shared/calendar.py",
            "products/p/product.yaml", "products/p/workflow/lib/deep.py", "products/p/docs/notes.md"]  # fmt: skip
    write(tmp_path, *mine, "README.md", "data/s.parquet", "demo/products/p/product.yaml", ".gitignore")

    assert read_files(tmp_path, is_project_file) == {name: name.encode() for name in sorted(mine)}


@pytest.mark.parametrize(
    "name",
    [
        ".assay/payloads/x", ".git/config", "products/.idea/workspace.xml", "products/.DS_Store",
        "products/p/.ipynb_checkpoints/p.sql", "products/p/workflow/.p.sql.swp", "sources/.s.odcs.yaml.swp",
    ],
)  # fmt: skip
def test_what_is_hidden_is_not_the_authors(tmp_path: Path, name: str) -> None:
    write(tmp_path, "assay.yaml", name)

    assert list(read_files(tmp_path, is_project_file)) == ["assay.yaml"]


def test_folders_of_which_nothing_is_wanted_are_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "assay.yaml", "data/2013/01/s.parquet", ".assay/data/files/f.parquet", "products/p/product.yaml")
    looked: list[str] = []
    scan = os.scandir

    def noted(path: str) -> object:
        looked.append(os.path.relpath(path, tmp_path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", noted)

    read_files(tmp_path, is_project_file)

    assert sorted(looked) == [".", "products", "products/p"]


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "assay.yaml").write_bytes(b"\xef\xbb\xbfname: \xff\r\n")

    assert read_files(tmp_path, is_project_file) == {"assay.yaml": b"\xef\xbb\xbfname: \xff\r\n"}


def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    write(tmp_path, "assay.yaml")
    (tmp_path / "people.yaml").symlink_to("gone.yaml")

    assert list(read_files(tmp_path, is_project_file)) == ["assay.yaml"]


def test_a_pattern_starts_at_the_project_unless_it_is_absolute(tmp_path: Path) -> None:
    write(tmp_path, "project/data/2.parquet", "project/data/1.parquet", "elsewhere/3.parquet")
    find = data_files(tmp_path / "project")

    assert find("data/*.parquet") == tuple(str(tmp_path / "project/data" / name) for name in ("1.parquet", "2.parquet"))
    assert find(f"{tmp_path}/elsewhere/*.parquet") == (str(tmp_path / "elsewhere/3.parquet"),)
    assert find("data/*.csv") == ()


def test_a_pattern_may_go_down_and_folders_are_no_files(tmp_path: Path) -> None:
    write(tmp_path, "data/2013/01/a.parquet", "data/b.parquet")
    (tmp_path / "data/folder.parquet").mkdir()

    assert data_files(tmp_path)("data/**/*.parquet") == (
        str(tmp_path / "data/2013/01/a.parquet"), str(tmp_path / "data/b.parquet"),
    )  # fmt: skip


def test_every_change_of_a_wanted_file_gives_it_another_mark_and_no_other_file_has_one(tmp_path: Path) -> None:
    (tmp_path / "products" / "p").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("rows")
    file = tmp_path / "products" / "p" / "step.sql"
    file.write_text("select 1")
    seen = [file_marks(tmp_path, _is_text)]
    assert list(seen[0]) == ["products/p/step.sql"] == list(read_files(tmp_path, _is_text))

    def look() -> None:
        seen.append(file_marks(tmp_path, _is_text))

    file.write_text("select 2")  # of the same length
    look()
    times = file.stat()
    file.write_text("select 3")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a copy with its times kept
    look()
    (tmp_path / "aside").write_text("select 3")
    (tmp_path / "aside").replace(file)
    look()
    (tmp_path / "products" / "p" / "more.sql").write_text("")
    look()
    file.unlink()
    look()
    assert all(one != other for one, other in pairwise(seen))
    (tmp_path / "data" / "x").write_text("more rows")
    assert file_marks(tmp_path, _is_text) == seen[-1]


def _is_text(path: str) -> bool:
    return path.startswith("products/")
