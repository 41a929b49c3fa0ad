"""Forms of files that hold a table, and what reading one anew as Parquet told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FileForm(StrEnum):
    """How a file holds rows."""

    PARQUET = "Parquet"
    CSV = "CSV"
    JSON = "JSON"


_PARQUET = ".parquet"
_ENDINGS: Mapping[str, FileForm] = {
    ".csv": FileForm.CSV,
    ".tsv": FileForm.CSV,
    ".json": FileForm.JSON,
    ".ndjson": FileForm.JSON,
    ".jsonl": FileForm.JSON,
}
_PACKED = (".gz", ".zst")


def form_of(path: str) -> FileForm:
    """Return the form that a file's name tells; a name that tells none is taken for Parquet."""
    return _ENDINGS.get(f".{unpacked(path).rpartition('.')[2]}", FileForm.PARQUET)


def names_files(name: str) -> bool:
    """Say whether a name ends as one of a file of rows does, packed or not."""
    return name.lower().endswith((_PARQUET, *_ENDINGS, *_PACKED))


def unpacked(path: str) -> str:
    """Return a file's name in lower case, without the ending of whatever packed it."""
    name = path.lower()
    return next((name.removesuffix(packed) for packed in _PACKED if name.endswith(packed)), name)


@dataclass(frozen=True, slots=True)
class Converted:
    """Files of text as Parquet.

    Attributes:
        paths: the Parquet files, one for each file, in their order.
        texts: names of columns that stayed text though their values look like numbers, each with the reason.
    """

    paths: tuple[str, ...]
    texts: Mapping[str, str]
