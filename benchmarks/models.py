"""Many small SQL models in layers, as a project of ours and as a raw DuckDB loop. As a script it runs the loop."""

from __future__ import annotations

import itertools
import random
import re
import sys
from pathlib import Path

READS = re.compile(r"\b(from|join) (m\d\d_\d{3})\b")
"""Where a query names another model."""

LAYERS = 10
ROWS = 500

_ASSAY = "name: many\nenvironments:\n  dev:\n    address: .assay\n"
_PEOPLE = "people:\n  - email: dora@example.org\n    name: Dora\n    roles: [owner, engineer]\n"
_PRODUCT = "title: Many models\nowner: dora@example.org\nversion: 1.0.0\n"


def queries(count: int) -> dict[str, str]:
    """Return models by name, each after those it reads: layers of equal size, two or three parents in the one above."""
    chance = random.Random(7)  # the same models every time
    size = count // LAYERS
    names = [[f"m{layer:02d}_{i:03d}" for i in range(size)] for layer in range(LAYERS)]
    made = {name: _root(number) for number, name in enumerate(names[0])}
    for above, layer in itertools.pairwise(names):
        made |= {name: _model(chance.sample(above, chance.choice((2, 3)))) for name in layer}
    return made


def write_project(folder: Path, count: int) -> None:
    """Write the models as a project."""
    workflow = folder / "products" / "many" / "workflow"
    workflow.mkdir(parents=True)
    (folder / "assay.yaml").write_text(_ASSAY)
    (folder / "people.yaml").write_text(_PEOPLE)
    (folder / "products" / "many" / "product.yaml").write_text(_PRODUCT)
    for name, sql in queries(count).items():
        (workflow / f"{name}.sql").write_text(sql + "\n")


def loop(count: int, out: Path) -> None:
    """Run the models one by one in one session, each to a Parquet file that the next ones read."""
    import duckdb

    out.mkdir(parents=True)
    with duckdb.connect() as session:
        for name, sql in queries(count).items():
            path = out / f"{name}.parquet"
            session.execute(f"copy ({sql}) to '{path}' (format parquet, compression zstd)")
            session.execute(f"create view {name} as from '{path}'")


def _root(number: int) -> str:
    return f"select range as id, (range * {number + 3}) % 97 as v, range / 7.0 as w from range({ROWS})"


def _model(parents: list[str]) -> str:
    joins = "".join(f"\njoin {name} on {name}.id = {parents[0]}.id" for name in parents[1:])
    value = " + ".join(f"{name}.v" for name in parents)
    return f"select {parents[0]}.id, ({value}) % 97 as v, {parents[-1]}.w * 1.01 as w\nfrom {parents[0]}{joins}"


if __name__ == "__main__":
    loop(int(sys.argv[1]), Path(sys.argv[2]))
