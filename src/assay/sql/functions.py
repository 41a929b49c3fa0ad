"""What functions do to the number of rows, by name: literal tables of DuckDB's. A test compares them with DuckDB."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGGREGATES = _words(
    """
    any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last
    arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg bool_and
    bool_or corr count count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy favg fill first
    first_value fsum geomean geometric_mean group_concat grouping grouping_id histogram histogram_exact
    json_group_array json_group_object json_group_structure kahan_sum kurtosis kurtosis_pop lag last last_value lead
    list listagg mad max max_by mean median min min_by mode nth_value ntile percent_rank percentile_cont
    percentile_disc product quantile quantile_cont quantile_disc rank rank_dense regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile row_number sem skewness stddev
    stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp variance wavg weighted_avg
    """
)
"""Functions that make one value of many rows; with a window they make one for each row."""

SET_RETURNING = _words("unnest generate_subscripts")
"""Functions that, where columns are selected, make several rows of one."""

OF_ALL_COLUMNS = _words("columns unpack")
"""Functions that stand for columns which the query does not name."""
