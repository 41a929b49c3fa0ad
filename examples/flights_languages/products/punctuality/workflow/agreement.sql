-- The same three sums from every language, side by side.
with counted as (
    select 'DuckDB SQL' as language, sum(flights) as flights, sum(arrived) as arrived, sum(late_minutes) as late
    from month
    union all
    select 'R', sum(flights), sum(arrived), sum(late_minutes) from carrier_spread
    union all
    select 'Spark SQL', sum(flights), sum(arrived), sum(late_minutes) from airport_month
    union all
    select 'Python on Spark', sum(flights), sum(arrived), sum(late_minutes) from routes
    union all
    select 'dbt', sum(flights), sum(arrived), sum(late_minutes) from carriers
)

select
    language,
    cast(flights as bigint) as flights,
    cast(arrived as bigint) as arrived,
    cast(late as bigint) as late_minutes
from counted
order by language
