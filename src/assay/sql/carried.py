"""What of a dialect is carried into DuckDB's SQL: literal tables of the kinds of nodes that sqlglot's trees have.

Of each it was looked up, and where an engine was at hand tried, that DuckDB gives the same, as it is or with what
`assay.sql.carrying` makes of it. What is in no table is refused by name. Imported only where a query is translated.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from assay.sql.dialects import MEANINGS, Dialect

D = Dialect
_ALL = frozenset(MEANINGS)
_POSTGRES = frozenset({D.POSTGRES, D.REDSHIFT})
_TRINO = frozenset({D.TRINO, D.PRESTO, D.ATHENA})
_SPARK = frozenset({D.DATABRICKS, D.SPARK, D.HIVE})
_T = exp.DataType.Type

GRAMMAR = frozenset({
    exp.Select, exp.From, exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Fetch,
    exp.Offset, exp.Join, exp.Subquery, exp.Table, exp.TableAlias, exp.CTE, exp.With, exp.Union, exp.Except,
    exp.Intersect, exp.Distinct, exp.Window, exp.WindowSpec, exp.Star, exp.Column, exp.Identifier, exp.Alias,
    exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT,
    exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Exists, exp.Case, exp.If, exp.Add, exp.Sub, exp.Mul,
    exp.Div, exp.Mod, exp.Neg, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Placeholder,
    exp.Parameter, exp.DPipe, exp.Like, exp.Escape, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Rollup, exp.Cube,
    exp.GroupingSets, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup, exp.RawString, exp.National,
})  # fmt: skip
"""What all dialects have; the reader of each refuses what its own has not."""

FUNCTIONS: Mapping[type[exp.Expr], frozenset[Dialect]] = {
    **dict.fromkeys((exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Coalesce, exp.Nullif, exp.Abs), _ALL),
    **dict.fromkeys((exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile), _ALL),
    **dict.fromkeys((exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue), _ALL),
    **dict.fromkeys((exp.Upper, exp.Lower, exp.Replace, exp.Substring, exp.Concat, exp.Length, exp.Trim), _ALL),
    **dict.fromkeys((exp.Left, exp.Right), _ALL - _TRINO - {D.SQLITE, D.HIVE}),
    exp.StrPosition: _ALL,
    **dict.fromkeys((exp.Ceil, exp.Floor, exp.Round), _ALL),
    **dict.fromkeys((exp.Sqrt, exp.Exp), _ALL),
    exp.Pow: _ALL - {D.TSQL},  # its result is as whole as its base
    exp.IntDiv: frozenset({D.MYSQL}) | _SPARK,
    exp.TryCast: frozenset({D.TSQL, D.SNOWFLAKE, D.BIGQUERY, D.REDSHIFT}) | _TRINO | _SPARK,
    exp.ILike: _POSTGRES | {D.SNOWFLAKE, D.DATABRICKS, D.SPARK},
    **dict.fromkeys((exp.Greatest, exp.Least), _ALL - {D.HIVE}),
    exp.CountIf: frozenset({D.BIGQUERY, D.SNOWFLAKE, D.DATABRICKS, D.SPARK}) | _TRINO,
    **dict.fromkeys((exp.LogicalAnd, exp.LogicalOr), frozenset({D.POSTGRES, D.SNOWFLAKE, D.DATABRICKS}) | _TRINO),
    **dict.fromkeys((exp.StddevSamp, exp.StddevPop, exp.VariancePop), _ALL - {D.SQLITE}),
    **dict.fromkeys((exp.Stddev, exp.Variance), _ALL - {D.SQLITE, D.HIVE}),  # Hive's are those of a population
    exp.PercentileCont: frozenset({D.POSTGRES, D.SNOWFLAKE}),
    exp.Extract: _ALL - {D.SQLITE},
    **dict.fromkeys((exp.Year, exp.Quarter, exp.Month, exp.Day), _ALL - {D.SQLITE, D.POSTGRES}),
    exp.TimestampTrunc: _ALL - {D.SQLITE, D.MYSQL, D.TSQL, D.HIVE, D.BIGQUERY},
    exp.DateTrunc: frozenset({D.BIGQUERY}) | _TRINO,
    exp.DateAdd: frozenset({D.MYSQL, D.SNOWFLAKE, D.BIGQUERY, D.TSQL, D.REDSHIFT}) | _TRINO,
    exp.DateSub: frozenset({D.MYSQL, D.BIGQUERY}),
    exp.TsOrDsAdd: _SPARK | {D.REDSHIFT},
    exp.DateDiff: frozenset({D.MYSQL, D.SNOWFLAKE, D.BIGQUERY, D.TSQL, D.REDSHIFT}) | _SPARK,
    exp.TsOrDsDiff: frozenset({D.REDSHIFT}),
    exp.TsOrDsToDate: frozenset({D.MYSQL, D.TSQL}) | _SPARK,  # what YEAR and the like are given
    exp.ByteString: frozenset({D.POSTGRES}),  # E'...'
    exp.TimeStrToTime: frozenset({D.TSQL}),  # what DATEDIFF is given
}  # fmt: skip
"""Functions, and the dialects of which they are carried."""

NAMED: Mapping[str, frozenset[Dialect]] = {"make_date": frozenset({D.POSTGRES})}
"""Functions that sqlglot does not know and DuckDB has too."""

TYPES: Mapping[object, frozenset[Dialect]] = {
    _T.BOOLEAN: _ALL - {D.MYSQL, D.TSQL, D.SQLITE},
    **dict.fromkeys((_T.SMALLINT, _T.INT, _T.BIGINT), _ALL),
    _T.TINYINT: _ALL - {D.SQLITE, D.TSQL},
    _T.DOUBLE: _ALL,
    _T.FLOAT: _ALL,
    _T.DECIMAL: _ALL - {D.SQLITE},
    **dict.fromkeys((_T.TEXT, _T.VARCHAR, _T.NVARCHAR), _ALL),
    _T.DATE: _ALL - {D.SQLITE},
    _T.TIMESTAMP: _ALL - {D.SQLITE, D.TSQL, D.MYSQL},
    _T.TIMESTAMPNTZ: frozenset({D.SNOWFLAKE, D.DATABRICKS, D.SPARK}),
    _T.TIMESTAMPTZ: frozenset({D.POSTGRES, D.REDSHIFT, D.BIGQUERY, D.DATABRICKS, D.SPARK}),
    _T.DATETIME: frozenset({D.MYSQL, D.BIGQUERY}),
    _T.DATETIME2: frozenset({D.TSQL}),
}
"""Types to which a value may be cast, and the dialects of which they are carried."""

WHOLE_TYPES = frozenset({_T.TINYINT, _T.SMALLINT, _T.INT, _T.BIGINT})
TEXT_TYPES = frozenset({_T.TEXT, _T.VARCHAR, _T.NVARCHAR})
WIDE_INT = frozenset({D.SQLITE, D.SNOWFLAKE, D.BIGQUERY})
"""Whose INT holds 64 bits or more."""

FLOAT_IS_DOUBLE = frozenset({D.TSQL, D.SNOWFLAKE})
"""Whose FLOAT has 64 bits, where sqlglot takes it for one of 32; of others it knows that."""

UNITS = frozenset({"YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
"""Parts of a date and a time that all mean alike; a second is whole in none but PostgreSQL's EXTRACT."""

EXTRACTED = UNITS - {"SECOND"}
EXTRACTED_BESIDES: Mapping[Dialect, frozenset[str]] = {
    D.POSTGRES: frozenset({"DOW", "DAYOFWEEK", "DOY", "DAYOFYEAR", "ISODOW", "DAYOFWEEKISO", "WEEK", "ISOYEAR"}),
}
"""Parts that are counted as DuckDB counts them."""

ONLY_DAYS = frozenset({D.MYSQL, D.DATABRICKS, D.SPARK, D.HIVE})
"""Whose DATEDIFF counts days, or of other units whole ones, where DuckDB counts the ends of units that lie between."""

FLOORS_WHOLE = frozenset({D.TSQL, D.SQLITE, D.REDSHIFT}) | _TRINO
"""Where FLOOR and CEIL of a whole number are whole; DuckDB's are DOUBLE, and would be divided otherwise."""

COLUMN_BEFORE_ALIAS = _POSTGRES | _TRINO | {D.MYSQL, D.TSQL}
"""Whose GROUP BY takes a name for a column before it takes it for what SELECT calls so, as DuckDB's does."""

ROUNDS_AWAY = frozenset({D.SQLITE, D.SNOWFLAKE, D.BIGQUERY, D.TSQL}) | _TRINO | _SPARK
"""Whose ROUND takes halves away from zero whatever the type, as DuckDB's does."""

AVERAGES_WHOLE = frozenset({D.TSQL, D.REDSHIFT})
"""Where the average of whole numbers is whole."""

SETS_OF_CHARACTERS = _ALL - {D.MYSQL, D.HIVE}
"""Whose TRIM takes away any of the characters that it is given; MySQL's takes them for one text."""

KEEPS_CASE = frozenset({D.POSTGRES, D.SNOWFLAKE})
"""Where two quoted names may differ in case alone."""

JOINS = frozenset({"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"})
