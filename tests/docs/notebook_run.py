"""The example's notebook, run: how it is prepared, and what runs it. Shared with what makes its pictures."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import nbclient
import nbformat

from assay.actions.freeze import freeze
from assay.actions.open_release import open_release
from assay.connectors.keys import new_key
from assay.wiring import open_home
from house import ROOT

EXAMPLE = ROOT / "examples" / "flights"
NOTEBOOK = EXAMPLE / "notebook.ipynb"
SECONDS = 110

PROCESS = """\
gates:
  - {id: release.frozen, per: release, phase: development, title: frozen, kind: frozen, by: person, roles: [engineer]}
  - {id: dataset.qa.checked, per: dataset, phase: initial validation, title: checked, kind: checked, by: person,
     roles: [engineer], environment: qa}
"""
"""A team of one, so that there is a release to validate."""


def prepared(root: Path) -> Path:
    """Lay out the example, with a key for Ada and a release that is frozen."""
    folder = root / "flights"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".assay"))
    public = new_key(root / "ada.pem").public.raw.hex()
    people = (folder / "people.yaml").read_text()
    (folder / "people.yaml").write_text(people.replace("keys: []", f'keys: [{{public: "{public}"}}]', 1))
    (folder / "process.yaml").write_text(PROCESS)
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "Flights"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    home = open_home(folder, root / "ada.pem")
    freeze(home, open_release(home, "ontime", ()))
    return folder


def run(folder: Path) -> Any:
    """Run the notebook as it lies in a folder; return it with its outputs, whether or not a cell failed."""
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    client = nbclient.NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()
