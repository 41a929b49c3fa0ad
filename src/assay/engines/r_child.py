"""The child process of an R step: hands tables over, lets R run the script, takes the rows back. See `child_process`.

R gets the memory limit and the process group of this process: whoever ends the group ends R with it.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from datetime import date
from pathlib import Path

from assay.base.errors import AssayError
from assay.base.full_disk import NO_ROOM
from assay.engines.child_job import FaultJson, Job, alike_names, do_job, fault_json
from assay.engines.ends import how_it_ended
from assay.engines.r_exchange import hand_over, take_back

PACKAGES = "r-base-core r-cran-rsqlite"
"""What brings R and all that we need of it, on Debian and Ubuntu."""

_RUNNER = Path(__file__).with_name("r_runner.R")
_EXPECTED = "a step that returns its rows"
_MORE = "Raise limits: memory: in product.yaml if it needs more."


def main() -> None:
    """Do the job on the standard input."""
    do_job(_run, _explain)


def _run(job: Job, folder: Path) -> list[FaultJson]:
    file = f"{job['name']}.R"
    program = shutil.which("Rscript")
    if program is None:
        hint = f"Install R: apt-get install {PACKAGES}."
        return [fault_json(file, None, "the program Rscript, which runs R steps", "none on the search path", hint)]
    as_of = date.fromisoformat(job["as_of"]) if job["as_of"] is not None else None
    try:
        hand_over(folder / "input.db", {name: given["paths"] for name, given in job["inputs"].items()}, as_of)
        ended = subprocess.run(
            [program, "--vanilla", str(_RUNNER), str(folder), file],
            stdin=subprocess.DEVNULL,
            cwd=folder / "modules",
            check=False,
        )
        (folder / "input.db").unlink()  # its place may be needed for the rows
        if ended.returncode in (NO_ROOM, -signal.SIGXFSZ):
            return [fault_json(file, None, _EXPECTED, os.strerror(errno.ENOSPC))]
        if (folder / "fault" / "found").exists():
            return [_told(folder / "fault")]
        if ended.returncode != 0 or not (folder / "done").exists():
            return [fault_json(file, None, _EXPECTED, f"{how_it_ended(ended.returncode, 'R')} before its last line")]
        return alike_names(take_back(folder / "output.db", job["output"]), file)
    except AssayError as error:
        return [fault_json(file, None, fault.expected, fault.found, fault.hint) for fault in error.faults]


def _told(folder: Path) -> FaultJson:
    """Read a fault as the runner wrote it, a file for each of its parts."""
    said = {path.name: path.read_text(encoding="utf-8", errors="replace").strip() for path in folder.iterdir()}
    line = int(said["line"]) if said.get("line", "").isdigit() else None
    hint = _MORE if "cannot allocate" in said["found"] else said.get("hint", "")
    return fault_json(said["file"], line, said.get("expected") or _EXPECTED, " ".join(said["found"].split()), hint)


def _explain(error: BaseException, job: Job) -> FaultJson:
    hint = _MORE if isinstance(error, MemoryError) else ""
    return fault_json(f"{job['name']}.R", None, _EXPECTED, f"{type(error).__name__}: {error}", hint)


if __name__ == "__main__":
    main()
