"""Versions of contracts and products: ``MAJOR.MINOR.PATCH``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.base.errors import refusal

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")  # semver.org 2.0.0, rule 2


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version; they are ordered by number, so 1.10.0 follows 1.9.0."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str, where: str) -> Version:
    """Read ``MAJOR.MINOR.PATCH``.

    Args:
        text: the version as it is written.
        where: the name of what has this version, for the error.

    Raises:
        AssayError: not three whole numbers joined by dots (labels such as ``-rc1`` are not known here).
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise refusal(
            where,
            expected="a version like 1.4.0",
            found=repr(text),
            hint="Write three whole numbers joined by dots, without leading zeros.",
        )
    major, minor, patch = (int(part) for part in match.groups())
    return Version(major, minor, patch)
