-- By month, in DuckDB's dialect.
select
    make_date(year, month, 1) as month,
    cast(count(*) as integer) as flights,
    cast(count(arr_delay) as integer) as arrived,
    cast(sum(arr_delay) as bigint) as late_minutes
from sources.flights
group by all
order by all
