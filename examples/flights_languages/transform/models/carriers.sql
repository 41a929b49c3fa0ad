select
    arrivals.carrier,
    airlines.name as carrier_name,
    cast(count(*) as integer) as flights,
    cast(count(arr_delay) as integer) as arrived,
    cast(sum(arr_delay) as bigint) as late_minutes,
    {{ share('arr_delay > ' ~ var('late_after_minutes'), of='arr_delay') }} as late_share
from {{ ref('arrivals') }} as arrivals
join {{ source('received', 'airlines') }} as airlines on airlines.carrier = arrivals.carrier
group by all
order by all
