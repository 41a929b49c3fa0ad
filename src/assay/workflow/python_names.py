"""The names that a Python source uses: what it imports, and what it takes from clock and chance."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from assay.base.errors import Fault, Place
from assay.sql.spark import CHANCE as SPARK_CHANCE
from assay.sql.spark import CLOCK as SPARK_CLOCK

# What gives other rows from the same inputs. A name ending in a dot stands for all of a module.
_CLOCK = (
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("time.time", "time.time_ns", "time.gmtime", "time.localtime", "time.ctime"),
    *("pandas.Timestamp.now", "pandas.Timestamp.utcnow", "pandas.Timestamp.today"),
    *(f"pyspark.sql.functions.{name}" for name in sorted(SPARK_CLOCK.names)),
)
_CHANCE = (
    *("random.", "secrets.", "numpy.random.", "uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "os.urandom"),
    *(f"pyspark.sql.functions.{name}" for name in sorted(SPARK_CHANCE.names)),
)
_SEEDED = frozenset({"random.Random", "numpy.random.default_rng", "numpy.random.RandomState"})
_UNSTEADY = (
    (_CLOCK, "a result that does not depend on the clock", "Take the logical date as a parameter: as_of."),
    (_CHANCE, "a result that is the same each time", "Give the generator a seed, or derive the value from the data."),
)


def unsteady_uses(module: ast.Module, file: str) -> Iterator[Fault]:
    """Find the uses of clock and chance, by the names under which they were imported."""
    names = dict(imported_names(module))
    seeded = {id(node.func) for node in ast.walk(module) if isinstance(node, ast.Call) and (node.args or node.keywords)}
    inner = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    for node in ast.walk(module):
        if not isinstance(node, (ast.Attribute, ast.Name)) or id(node) in inner:
            continue
        name = _dotted(node, names)
        if name in _SEEDED and id(node) in seeded:
            continue
        for refused, expected, hint in _UNSTEADY:
            if any(name == each or (each.endswith(".") and name.startswith(each)) for each in refused):
                yield Fault(Place(file, node.lineno), expected, name, hint)


def imported_names(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Give each name that a module imports, and what it stands for, with the names of all its packages."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    match node:
        case ast.Attribute(value=value, attr=attr):
            inner = _dotted(value, names)
            return f"{inner}.{attr}" if inner else ""
        case ast.Name(id=name):
            return names.get(name, "")
    return ""


def imported_modules(module: ast.Module, package: Sequence[str]) -> set[str]:
    """Return the dotted names of all that a module imports, and of what may be a module among them.

    Args:
        module: the parsed source.
        package: the packages in which it lies, for imports relative to them; none for a step.
    """
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *(node.module.split(".") if node.module else ())])
            found.update([base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)])
    return found
