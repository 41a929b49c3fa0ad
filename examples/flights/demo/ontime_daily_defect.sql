-- Departures by day, airport and carrier.
-- Weather is adverse in an hour with visibility under 3 miles, a tenth of an inch of rain, or gusts of 35 mph.
with adverse_hour as (
    select origin, time_hour
    from sources.weather
    where visib < 3 or precip >= 0.1 or wind_gust >= 35
),

departure as (
    select
        make_date(flight.year, flight.month, flight.day) as flight_date,
        flight.origin,
        flight.carrier,
        flight.dep_delay,
        flight.dep_time is null as is_cancelled,
        flight.dep_time is null or flight.dep_delay > 15 as is_disrupted,
        adverse_hour.origin is not null as is_in_adverse_weather
    from sources.flights as flight
    left join adverse_hour
        on adverse_hour.origin = flight.origin and adverse_hour.time_hour = flight.time_hour
),

counted as (
    select
        flight_date,
        origin,
        carrier,
        count(*) as flights,
        count(*) filter (where is_cancelled) as cancelled,
        count(*) filter (where dep_delay > 15) as delayed,
        count(*) filter (where coalesce(dep_delay, 0) <= 15) as on_time,
        avg(dep_delay) as mean_departure_delay,
        quantile_cont(dep_delay, 0.9) as p90_departure_delay,
        count(*) filter (where is_disrupted and is_in_adverse_weather) as weather_affected
    from departure
    group by flight_date, origin, carrier
)

select
    flight_date,
    origin,
    carrier,
    cast(flights as integer) as flights,
    cast(cancelled as integer) as cancelled,
    cast(delayed as integer) as delayed,
    cast(on_time as integer) as on_time,
    cast(on_time / flights as decimal(5, 4)) as on_time_share,
    cast(mean_departure_delay as decimal(7, 2)) as mean_departure_delay,
    cast(p90_departure_delay as decimal(7, 2)) as p90_departure_delay,
    cast(weather_affected as integer) as weather_affected,
    cast(weather_affected / flights as decimal(5, 4)) as weather_affected_share
from counted
order by flight_date, origin, carrier
