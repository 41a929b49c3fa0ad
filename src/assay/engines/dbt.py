"""dbt as a child process: a project is compiled in a folder of its own, without network, environment or database.

The child runs on the Python that dbt is installed for, which need not be ours: dbt pins many packages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.full_disk import NO_ROOM, full_disk, says_full_disk, space_on_disk
from assay.base.ports import DbtJob
from assay.engines.ends import how_it_ended, wait_for
from assay.engines.scratch import OwnFolder

VARIABLE = "ASSAY_DBT"
_CHILD = Path(__file__).with_name("dbt_child.py")
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_STEADY = {
    "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "PYTHONWARNINGS": "ignore",
}  # fmt: skip
_LINES_SHOWN = 5
_PACKAGE = re.compile(r"[A-Za-z_]\w*")
_INSTALL = f"Install it: pip install 'assay[dbt]', or in an environment of its own whose dbt {VARIABLE} names."


class DbtProgram:
    """The `DbtRunner` port: the program ``dbt`` with its adapter for DuckDB.

    The child has the rights of its user: it is kept from secrets in the environment, but not from the disk.
    """

    def __init__(self, scratch: Path, program: Path | None, limit_seconds: float = 900) -> None:
        """Say which dbt, and where and how long it may work.

        Args:
            scratch: where each compilation gets a folder of its own, removed afterwards.
            program: the program ``dbt``; None when none was found.
            limit_seconds: how long a compilation may take.
        """
        self._scratch = scratch
        self._program = program
        self._limit_seconds = limit_seconds

    def version(self) -> str:
        """Return the versions of dbt and its adapter, by what is installed beside the program."""
        library = self._python().parent.parent
        found = {}
        for package in ("dbt_core", "dbt_duckdb"):
            places = sorted(library.glob(f"lib*/python*/site-packages/{package}-*.dist-info"))
            if not places:
                raise refusal(str(self._program), expected="dbt-core and dbt-duckdb", found=f"no {package}",
                              hint=_INSTALL)  # fmt: skip
            found[package] = places[0].name.removesuffix(".dist-info").rpartition("-")[2]
        return f"dbt-core {found['dbt_core']}, dbt-duckdb {found['dbt_duckdb']}"

    def compile(self, job: DbtJob) -> Mapping[str, Any]:
        """Compile a project."""
        python = self._python()
        with space_on_disk(self._scratch), closing(OwnFolder(self._scratch, "dbt")) as own:
            folder = own.path
            project = folder / "project"
            _write_files(job.files, project)
            _refuse_outside(project)
            _add_local_packages(project)
            database = folder / "assay.duckdb"
            (folder / "profiles.yml").write_text(json.dumps(_profile(job.target, database)))
            (folder / "child").mkdir()  # alone in its folder: what lies beside a script is what it imports first
            script = folder / "child" / _CHILD.name
            script.write_bytes(_CHILD.read_bytes())
            order = {
                "folder": str(folder),
                "project": str(project),
                "target": job.target,
                "database": str(database),
                "products": {
                    name: {"select": list(select), "exclude": list(exclude)}
                    for name, (select, exclude) in job.products.items()
                },
            }
            return self._answer([str(python), "-s", str(script)], folder, order)

    def _python(self) -> Path:
        if self._program is None or not self._program.exists():
            found = "none" if self._program is None else f"no file {self._program}"
            raise refusal("dbt", expected="the program dbt, with its adapter for DuckDB", found=found, hint=_INSTALL)
        python = self._program.with_name("python")
        if not python.exists():
            python = self._program.resolve().with_name("python")  # a link to it, as pipx makes
        if not python.exists():
            raise refusal(
                str(self._program), expected="dbt beside the Python it is installed for", found="none", hint=_INSTALL
            )
        return python

    def _answer(self, command: list[str], folder: Path, order: Mapping[str, Any]) -> Mapping[str, Any]:
        noise = folder / "noise"
        with noise.open("wb") as said:
            child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=said, stderr=said, cwd=folder, env=_environment(folder),
                start_new_session=True,
            )  # fmt: skip
            code = wait_for(child, json.dumps(order).encode() + b"\n", self._limit_seconds)
        if code is None:
            found = f"one that takes longer than {self._limit_seconds:g} seconds"
            raise refusal("dbt", expected="a dbt project that compiles", found=found)
        answer = folder / "answer.json"
        if code == NO_ROOM:
            raise AssayError(full_disk(str(self._scratch)))
        if not answer.exists():
            last = "; ".join(noise.read_text(errors="replace").strip().splitlines()[-_LINES_SHOWN:])
            how = how_it_ended(code)
            raise refusal("dbt", expected="a dbt project that compiles", found=f"{how}: {last}" if last else how)
        found_there: dict[str, Any] = json.loads(answer.read_bytes())
        if any(says_full_disk(error["text"]) for error in found_there["errors"]):
            raise AssayError(full_disk(str(self._scratch)))
        for error in found_there["errors"]:  # the folder is gone when somebody reads it
            error["text"] = error["text"].replace(f"{order['project']}/", "")
        return found_there


def find_dbt(named: str | None) -> Path | None:
    """Find the program: the one that was named, the one beside our own Python, the first on the path; else None."""
    if named:
        return Path(named)
    beside = Path(sys.executable).with_name("dbt")
    if beside.exists():
        return beside
    found = shutil.which("dbt")
    return Path(found) if found else None


def _write_files(files: Mapping[str, bytes], folder: Path) -> None:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _refuse_outside(project: Path) -> None:
    """Refuse folders named outside the project: what dbt read or wrote there would be in no digest.

    Raises:
        AssayError: all of them, of the project and of its packages.
    """
    hint = "Name a folder within the dbt project."
    faults = []
    for file in sorted(project.rglob("dbt_project.yml")):
        said = _yaml(file)
        named = [(key, said[key]) for key in said if str(key).endswith(("-paths", "-path"))]
        for key, value in named:
            for path in value if isinstance(value, list) else [value]:
                if Path(str(path)).is_absolute() or ".." in Path(str(path)).parts or "\0" in str(path):
                    place = Place(file.relative_to(project).as_posix())
                    faults.append(Fault(place, f"{key} within the dbt project", str(path), hint))
    raise_faults(faults)


def _add_local_packages(project: Path) -> None:
    """Put the packages that lie in the project itself where dbt looks for them; ``dbt deps`` would link to them."""
    installed = project / str(_yaml(project / "dbt_project.yml").get("packages-install-path") or "dbt_packages")
    for name in ("packages.yml", "dependencies.yml"):
        listed = _yaml(project / name).get("packages")
        for package in listed if isinstance(listed, list) else ():  # dbt says what else is wrong
            local = package.get("local") if isinstance(package, dict) else None
            if not isinstance(local, str):
                continue
            place = (project / local.replace("\0", "?")).resolve()
            if not place.is_relative_to(project.resolve()) or not place.is_dir():
                hint = "Move it below the folder of the project, or vendor it into dbt_packages."
                raise refusal(
                    name, expected="a local package within the dbt project", found=f"local: {local}", hint=hint
                )
            own_name = str(_yaml(place / "dbt_project.yml").get("name") or place.name)
            if not _PACKAGE.fullmatch(own_name):
                raise refusal(name, expected="a package with a name of letters, digits and _", found=own_name[:80])
            if not (installed / own_name).exists():
                _copy_package(place, installed / own_name)


def _copy_package(place: Path, target: Path) -> None:
    try:
        shutil.copytree(place, target, ignore=shutil.ignore_patterns("dbt_packages"))
    except (FileExistsError, NotADirectoryError) as error:
        found = "a file of that name"
        raise refusal("packages-install-path", expected="a folder for packages", found=found) from error


def _yaml(file: Path) -> dict[str, Any]:
    """Read what dbt will read itself, and say then what is wrong with."""
    try:
        found = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _profile(target: str, database: Path) -> dict[str, Any]:
    """Give dbt a DuckDB; the child shuts it in when it is opened."""
    output = {"type": "duckdb", "path": str(database), "threads": 1}
    return {"assay": {"target": target, "outputs": {target: output}}}


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, **_STEADY, "HOME": str(folder), "TMPDIR": str(folder)}
