"""JSON of others as plain values, or a fault at its line and column."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from assay.base.errors import AssayError, Fault, Place

_LARGEST_BYTES = 256 * 2**20


def read_json(content: bytes, file: str) -> Any:
    """Read one JSON document.

    Args:
        content: of the file, in UTF-8, with or without a byte order mark.
        file: the name to show in errors.

    Raises:
        AssayError: it is no JSON, has a key twice or a number that is none, is nested too deeply or too large.
    """
    if len(content) > _LARGEST_BYTES:
        found = f"{len(content) / 2**20:.0f} MiB"
        raise AssayError(Fault(Place(file), f"a file of at most {_LARGEST_BYTES // 2**20} MiB", found))
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise AssayError(Fault(Place(file), "text in UTF-8", f"the byte {content[error.start]:#04x}")) from error
    except json.JSONDecodeError as error:
        raise AssayError(Fault(Place(file, error.lineno, error.colno), "JSON", error.msg.lower())) from error
    except RecursionError as error:
        raise AssayError(Fault(Place(file), "JSON that can be read", "too deep a nesting")) from error
    except ValueError as error:
        raise AssayError(Fault(Place(file), "JSON", str(error))) from error


def refuse_depth(value: Any, file: str, deepest: int) -> None:
    """Refuse what is nested more deeply than anybody writes.

    Raises:
        AssayError: it is.
    """
    level = [value]
    for _ in range(deepest):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return
    raise AssayError(Fault(Place(file), f"at most {deepest} levels", "a deeper nesting"))


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} twice in one object")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text}, which is no number of JSON")
