"""What an R script takes from clock and chance, by the names of R's own functions and of the packages used most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.base.errors import Fault, Place
from assay.workflow.r_tokens import Kind, Token

_CLOCK = frozenset({"Sys.time", "Sys.Date", "proc.time", "system.time", "date", "now", "today"})
_MACHINE = frozenset({"Sys.getpid", "UUIDgenerate", "tempfile"})
_CHANCE = frozenset(
    {"runif", "rnorm", "rbinom", "rpois", "rexp", "rgamma", "rbeta", "rt", "rchisq", "rf", "rgeom", "rhyper", "rlogis"}
    | {"rlnorm", "rnbinom", "rcauchy", "rweibull", "rmultinom", "rsignrank", "rwilcox", "rWishart", "r2dtable"}
    | {"runif64", "sample", "sample.int", "sample_n", "sample_frac", "slice_sample", "jitter", "simulate", "kmeans"}
)
_WORDS = frozenset({"date", "now", "today", "rt", "rf", "sample", "jitter", "simulate", "kmeans", "tempfile"})
"""Names that columns and variables have too: they count only where they are called."""

_WITHOUT_ARGUMENTS = frozenset({"date", "now", "today"})
"""With an argument they are other functions: lubridate's ``date(x)`` takes the date out of a moment."""

_BY_TEXT = frozenset({"do.call", "match.fun", "get", "Reduce", "Map", "mapply"})
"""Functions to which another one is given as a text."""

_SEED = "set.seed"
_NO_CLOCK = ("a result that does not depend on the clock", "Take the logical date: assay_as_of().")
_SAME = "a result that is the same each time"
_NO_CHANCE = (_SAME, "Call set.seed(NUMBER) above it, or derive the value from the data.")
_NO_MACHINE = (_SAME, "Derive the value from the data.")
_REFUSED = ((_CLOCK, _NO_CLOCK), (_CHANCE, _NO_CHANCE), (_MACHINE, _NO_MACHINE))


def unsteady_r_uses(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find the uses of clock and chance; chance with a seed is none.

    Args:
        tokens: of a script.
        file: to name in the faults.
    """
    is_seeded = False
    for at, token in enumerate(tokens):
        following = [each.text for each in tokens[at + 1 : at + 3] if each.kind is not Kind.TEXT]
        if token.text == _SEED and following[:1] == ["("]:
            is_seeded = following[1:] not in (["NULL"], [")"])
        elif is_function(tokens, at, only_called=token.text in _WORDS):
            if token.text in _WITHOUT_ARGUMENTS and following != ["(", ")"]:
                continue
            for names, (expected, hint) in _REFUSED:
                if token.text in names and not (names is _CHANCE and is_seeded):
                    yield Fault(Place(file, token.line), expected, token.text, hint)


def is_function(tokens: Sequence[Token], at: int, *, only_called: bool) -> bool:
    """Whether a token names a function: no column (``x$NAME``), no argument's name, no new variable.

    Args:
        tokens: of a script.
        at: which of them.
        only_called: whether it counts only with a bracket after it; else also where it is handed on.
    """
    token, before = tokens[at], tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.kind is Kind.TEXT:
        return at > 1 and before is not None and before.text == "(" and tokens[at - 2].text in _BY_TEXT
    if token.kind is not Kind.NAME or (before is not None and before.text in {"$", "@"}):
        return False
    if after is not None and after.kind is Kind.OPERATOR and after.text == "(":
        return True
    return not only_called and (after is None or after.text not in {"=", "<-", "<<-"})
