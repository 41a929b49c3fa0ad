"""``${VAR}`` in addresses: files name where production lives and every secret, only the machine knows the values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assay.base.errors import Fault, Place, raise_faults

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_UNFINISHED = re.compile(r"\$\{(?![A-Za-z_][A-Za-z0-9_]*\})")


def variables_of(text: str) -> tuple[str, ...]:
    """Return the names of the variables in a text, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def malformed(text: str, where: Place) -> Iterator[Fault]:
    """Find every ``${`` that opens no variable."""
    for match in _UNFINISHED.finditer(text):
        found = text[match.start() : match.start() + 12]
        yield Fault(where, "a variable as ${NAME}", repr(found), "A name has letters, digits and _.")


def bind(text: str, variables: Mapping[str, str], where: Place) -> str:
    """Put the values of its variables into a text.

    Args:
        text: as it stands in a file.
        variables: by name.
        where: the place of the text, for errors.

    Raises:
        AssayError: variables that have no value, by name; values never appear in errors.
    """
    missing = [name for name in variables_of(text) if name not in variables]
    raise_faults(
        [
            *malformed(text, where),
            *(
                Fault(where, f"a value of {name}", "none", f"Set the variable {name} and try again.")
                for name in missing
            ),
        ]
    )
    return _VARIABLE.sub(lambda match: variables[match[1]], text)
