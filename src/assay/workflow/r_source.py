"""What an R step says of itself, read from its text: it is never run to be read.

A step reads with ``flights <- assay_read("sources.flights")``, asks for the logical date with ``assay_as_of()``, and
hands over its rows with ``assay_write(rows)``. What these functions are given stands in the text as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef, parse_table_ref
from assay.workflow.r_names import is_function, unsteady_r_uses
from assay.workflow.r_tokens import Kind, Token, r_tokens

READ, AS_OF, WRITE, SOURCE = "assay_read", "assay_as_of", "assay_write", "source"
_READ_HINT = 'Write the table as it is, as in flights <- assay_read("sources.flights").'
_SOURCE_HINT = 'Write the path as it is: below workflow, as in source("parts/delays.R"), or source("shared/delays.R").'


@dataclass(frozen=True, slots=True)
class Script:
    """What an R script says of itself.

    Attributes:
        reads: the tables, each with the line that names it first, in the order of the text.
        uses_as_of: whether it asks for the logical date.
        sources: the files that it takes in with ``source()``, each with the first line that does.
    """

    reads: dict[TableRef, int]
    uses_as_of: bool
    sources: dict[str, int]


def read_script(source: str, file: str, faults: list[Fault], *, is_step: bool) -> Script:
    """Read an R script; what is wrong with it is added to ``faults``.

    Args:
        source: with LF as line ends.
        file: to name in faults.
        faults: what was found so far.
        is_step: False for a file that a step takes in, which neither reads tables nor writes rows.
    """
    script = Script({}, uses_as_of=False, sources={})
    try:
        tokens = list(r_tokens(source, file))
    except AssayError as error:
        faults.extend(error.faults)
        return script
    faults.extend(unsteady_r_uses(tokens, file))
    seen = set()
    for at, token in enumerate(tokens):
        if not is_function(tokens, at, only_called=token.text in _CALLED) and not _is_replaced(tokens, at):
            continue
        if token.text in _OURS and not is_step:
            hint = "Hand it the data frame as an argument of a function."
            faults.append(Fault(Place(file, token.line), f"{token.text}() in the step itself", "it here", hint))
        elif token.text in _READERS:
            seen.add(token.text)
            _READERS[token.text](tokens, at, file, script, faults)
    if is_step and WRITE not in seen:
        line = tokens[-1].line if tokens else 1
        hint = "End the step with assay_write(DATA_FRAME)."
        faults.append(Fault(Place(file, line), "assay_write(), which hands over the rows", "none", hint))
    return Script(script.reads, AS_OF in seen, script.sources)


def _is_replaced(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].kind is Kind.NAME and tokens[at].text in _OURS and _operators(tokens, at, 1) == ["<-"]


def _operators(tokens: Sequence[Token], at: int, count: int) -> list[str]:
    return [each.text for each in tokens[at + 1 : at + 1 + count] if each.kind is Kind.OPERATOR]


def _one_text(tokens: Sequence[Token], at: int) -> str | None:
    """Return the text that a function is given as its first argument; None where that is something else."""
    given = tokens[at + 1 : at + 4]
    if [each.kind for each in given] != [Kind.OPERATOR, Kind.TEXT, Kind.OPERATOR] or not given[1].is_plain:
        return None
    return given[1].text if given[0].text == "(" and given[2].text in {")", ","} else None


def _read(tokens: Sequence[Token], at: int, file: str, script: Script, faults: list[Fault]) -> None:
    place, table = Place(file, tokens[at].line), _one_text(tokens, at)
    if table is None or tokens[at + 3].text != ")":
        faults.append(Fault(place, 'a table as text, assay_read("...")', _written(tokens, at), _READ_HINT))
        return
    try:
        script.reads.setdefault(parse_table_ref(table), place.line or 1)
    except AssayError as error:
        faults.extend(Fault(place, fault.expected, repr(table), fault.hint) for fault in error.faults)


def _as_of(tokens: Sequence[Token], at: int, file: str, script: Script, faults: list[Fault]) -> None:
    if _operators(tokens, at, 2) != ["(", ")"]:
        faults.append(Fault(Place(file, tokens[at].line), "assay_as_of(), called so", _written(tokens, at)))


def _write(tokens: Sequence[Token], at: int, file: str, script: Script, faults: list[Fault]) -> None:
    is_piped = at > 0 and tokens[at - 1].text in {"|>", "%>%"}
    after = [each.text for each in tokens[at + 1 : at + 3]]
    if after[:1] != ["("] or (after == ["(", ")"] and not is_piped):
        place = Place(file, tokens[at].line)
        faults.append(Fault(place, "assay_write(DATA_FRAME)", _written(tokens, at)))


def _source(tokens: Sequence[Token], at: int, file: str, script: Script, faults: list[Fault]) -> None:
    place, path = Place(file, tokens[at].line), _one_text(tokens, at)
    if path is None or tokens[at].text != SOURCE:
        faults.append(Fault(place, 'a file of the project, source("...")', _written(tokens, at), _SOURCE_HINT))
    else:
        script.sources.setdefault(path, tokens[at].line)


def _written(tokens: Sequence[Token], at: int) -> str:
    return " ".join(each.text for each in tokens[at : at + 4])


_READERS = {READ: _read, AS_OF: _as_of, WRITE: _write, SOURCE: _source, "sys.source": _source}
_OURS = frozenset({READ, AS_OF, WRITE})
_CALLED = frozenset({SOURCE, "sys.source"})


def missing_source(path: str, line: int, file: str) -> Fault:
    """Return the fault of a file that is taken in and is not there."""
    return Fault(Place(file, line), "a file of the project", repr(path), _SOURCE_HINT)
