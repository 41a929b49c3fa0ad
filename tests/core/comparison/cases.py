"""Comparisons as they may be found, made by hand."""

from __future__ import annotations

from assay.base.snapshots import Column
from assay.comparison.pairing import PairingWish, pair_columns
from assay.comparison.results import (
    Basis,
    Breakdown,
    ColumnDifference,
    Comparison,
    Guess,
    Part,
    Profiled,
    Repeated,
    Side,
)

HOSTILE = "<script>alert('x')</script>\x1b[31m\u202e"
BEFORE = (Column("day", "DATE"), Column("shop", "VARCHAR"), Column("cents", "BIGINT"), Column("note", "VARCHAR"))
AFTER = (Column("day", "DATE"), Column("shop", "VARCHAR"), Column("cents", "DOUBLE"), Column("remark", "VARCHAR"))
KEYED = pair_columns(BEFORE, AFTER, PairingWish(("day", "shop")))
UNKEYED = pair_columns(BEFORE, BEFORE)
SAME = pair_columns(BEFORE, BEFORE, PairingWish(("day", "shop")))

DIFFERING = Comparison(
    Side("qa", 800, 3, (("2026-03-01", "harbour"),), Repeated(1, 2, (("2026-03-02", "tower", 2),))),
    Side("dev", 801, 4, (("2026-03-01", "market"),)),
    KEYED,
    Basis.KEYS,
    changed_rows=12,
    columns=(ColumnDifference("cents", 12, 1, 2, -1234.5, 99.0, (("2026-03-01", "station", 1, None),)),),
    breakdowns=(
        Breakdown(
            "sum(cents)", ("shop",), 100.0, 90.0, (Part(("tower",), 10.0, 0.0), Part((None,), 0.0, 5.0)), 3, -5.0
        ),
        Breakdown("mean(cents)", (), None, 2.5),
        Breakdown("rows", (), 800.0, 800.0),
    ),
    guesses=(Guess("note", "remark", 700, 790),),
)
COUNTED = Comparison(
    Side("a.parquet", 5, 1, ((1, "x", None, ""),)),
    Side("b.parquet", 5, 1, ((2, "x", None, ""),)),
    UNKEYED,
    Basis.ROWS,
    profiles={"cents": (Profiled(0, 5, 1, 9, 4.5), Profiled(1, 4, 2, 9, 5.0))},
)
IDENTICAL = Comparison(Side("qa", 7, 0), Side("dev", 7, 0), SAME, Basis.SAME_SNAPSHOT)
SAME_ROWS = Comparison(Side("qa", 7, 0), Side("dev", 7, 0), KEYED, Basis.HASHES)
NASTY = Comparison(
    Side(HOSTILE, 1, 1, ((HOSTILE, HOSTILE),)),
    Side(HOSTILE, 1, 1, ((HOSTILE, HOSTILE),)),
    pair_columns(
        (Column(HOSTILE, "VARCHAR"), Column("k", "VARCHAR")), (Column(HOSTILE, "VARCHAR"), Column("k", "VARCHAR")),
        PairingWish(("k",)),
    ),
    Basis.KEYS,
    1,
    (ColumnDifference(HOSTILE, 1, 0, 0, samples=((HOSTILE, HOSTILE, HOSTILE),)),),
    breakdowns=(Breakdown(HOSTILE, (HOSTILE,), 1.0, 2.0, (Part((HOSTILE,), 1.0, 2.0),)),),
)  # fmt: skip
WIDE = Comparison(
    Side("qa", 10, 0),
    Side("dev", 10, 0),
    SAME,
    Basis.KEYS,
    10,
    tuple(ColumnDifference(f"column_{number}" + "x" * 60, number, 0, 0) for number in range(1, 61)),
)

CASES: dict[str, list[tuple[str, Comparison]]] = {
    "differing": [("shop/daily", DIFFERING)],
    "counted": [("b.parquet", COUNTED)],
    "identical": [("shop/daily", IDENTICAL)],
    "same rows": [("shop/daily", SAME_ROWS)],
    "nasty": [(HOSTILE, NASTY)],
    "wide": [("shop/daily", WIDE)],
    "several": [("shop/daily", DIFFERING), ("shop/best", IDENTICAL)],
}
