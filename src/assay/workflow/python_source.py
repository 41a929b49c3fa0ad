"""What a Python step says of itself, read from its text: it is never imported to be read.

A step's file holds a literal ``READS = {"parameter": "sources.flights", ...}`` and a function named as the file's stem
whose parameters are the keys of ``READS``, each annotated with the form in which it wants its table (`FORMS`), or with
nothing. A parameter ``as_of`` that is not in ``READS`` receives the logical date.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef, parse_table_ref
from assay.sql.parse import AS_OF
from assay.workflow.python_names import imported_names

_FORM_HINT = 'For example READS = {"flights": "sources.flights"} and a function with the parameter flights.'


class Form(StrEnum):
    """As what a step receives a table; the last is R's, which knows no other, as Spark SQL knows only Spark's."""

    ARROW = "arrow"
    DUCKDB = "duckdb"
    POLARS = "polars"
    LAZY = "polars-lazy"
    PANDAS = "pandas"
    SPARK = "spark"
    R = "data.frame"


FORMS: dict[str, Form] = {
    "pyarrow.Table": Form.ARROW,
    "duckdb.DuckDBPyRelation": Form.DUCKDB,
    "polars.DataFrame": Form.POLARS,
    "polars.LazyFrame": Form.LAZY,
    "pandas.DataFrame": Form.PANDAS,
    "pyspark.sql.DataFrame": Form.SPARK,
}
"""What a parameter is annotated with, under whatever name it was imported, and the form that this asks for."""

_BY_LAST_NAME = {name.rpartition(".")[2]: form for name, form in FORMS.items() if not name.endswith(".DataFrame")}
"""For a class that comes by another way: its last name, where that is of one package alone."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a Python step: its name, the table it receives, in which form, and the line of its entry."""

    name: str
    table: TableRef
    form: Form
    line: int


def parse_module(source: str, file: str) -> ast.Module:
    """Parse a Python source.

    Raises:
        AssayError: not Python.
    """
    try:
        return ast.parse(source, file)
    except SyntaxError as error:
        raise AssayError(Fault(Place(file, error.lineno, error.offset), "Python", error.msg)) from error
    except (ValueError, RecursionError) as error:  # a null byte; too deep a nesting
        raise AssayError(Fault(Place(file, 1), "Python", str(error))) from error


def parameters(module: ast.Module, function: str, file: str, faults: list[Fault]) -> tuple[tuple[Parameter, ...], bool]:
    """Match a step's READS with the parameters of its function.

    Returns:
        the parameters, and whether the function asks for the logical date. What is wrong is added to ``faults``.
    """
    before = len(faults)
    reads = _reads(module, file, faults)
    arguments = _arguments(module, function, file, faults)
    if reads is None or arguments is None or len(faults) > before:
        return (), False  # comparing the two would only repeat what is wrong with one of them
    uses_as_of = AS_OF in arguments and AS_OF not in reads
    wanted = {name: argument for name, argument in arguments.items() if name in reads or name != AS_OF}
    for name in wanted.keys() - reads.keys():
        place = Place(file, wanted[name].lineno)
        faults.append(Fault(place, "a parameter that READS names", repr(name), f"READS has {sorted(reads)}."))
    for name in reads.keys() - wanted.keys():
        place = Place(file, reads[name][1])
        faults.append(Fault(place, f"a parameter {name!r} of {function}()", "none", "Add it, or take it out of READS."))
    both = [(name, reads[name], wanted[name]) for name in reads if name in wanted]
    names = dict(imported_names(module))
    made = (Parameter(n, table, _form(argument, names, file, faults), line) for n, (table, line), argument in both)
    return tuple(made), uses_as_of


def _reads(module: ast.Module, file: str, faults: list[Fault]) -> dict[str, tuple[TableRef, int]] | None:
    values = list(_assigned(module, "READS"))
    if len(values) != 1 or not isinstance(values[0], ast.Dict):
        line = values[-1].lineno if values else 1
        found = "nothing" if not values else f"{len(values)} of them" if len(values) > 1 else "another value"
        faults.append(Fault(Place(file, line), "one literal READS = {...} in the file", found, _FORM_HINT))
        return None
    reads: dict[str, tuple[TableRef, int]] = {}
    for key, value in zip(values[0].keys, values[0].values, strict=True):
        place = Place(file, value.lineno)
        name, table = _text_of(key), _text_of(value)
        if name is None or table is None:
            faults.append(Fault(place, "a name and a table, both as text", ast.unparse(value), _FORM_HINT))
        elif name in reads:
            faults.append(Fault(place, "each parameter once in READS", f"{name!r} again"))
        else:
            try:
                reads[name] = (parse_table_ref(table), value.lineno)
            except AssayError as error:
                faults.extend(Fault(place, fault.expected, repr(table), fault.hint) for fault in error.faults)
    return reads


def _assigned(module: ast.Module, name: str) -> Iterator[ast.expr]:
    for statement in module.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case _:
                continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            yield value


def _text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _arguments(module: ast.Module, function: str, file: str, faults: list[Fault]) -> dict[str, ast.arg] | None:
    found = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == function]
    if len(found) != 1:
        what = f"{len(found)} of them" if found else "none"
        faults.append(Fault(Place(file, 1), f"one function named as the file, {function}()", what, _FORM_HINT))
        return None
    given = found[0].args
    if given.vararg or given.kwarg or given.posonlyargs:
        place = Place(file, found[0].lineno)
        faults.append(Fault(place, "parameters with names alone", "*, ** or /", "Name each table in READS."))
    return {argument.arg: argument for argument in (*given.args, *given.kwonlyargs)}


def _form(argument: ast.arg, names: dict[str, str], file: str, faults: list[Fault]) -> Form:
    annotation = argument.annotation
    if annotation is None:
        return Form.ARROW
    text = _text_of(annotation) or ast.unparse(annotation)
    first, dot, rest = text.partition(".")
    form = FORMS.get(names.get(first, first) + dot + rest) or _BY_LAST_NAME.get(text.rpartition(".")[2])
    if form is None:
        place, known = Place(file, argument.lineno), ", ".join(FORMS)
        hint = "Import the class, or the package that has it, so that its name can be told." if "Frame" in text else ""
        faults.append(Fault(place, f"one of {known} as annotation", text, hint))
    return form or Form.ARROW
