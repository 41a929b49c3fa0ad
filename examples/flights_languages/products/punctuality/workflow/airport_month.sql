-- By airport and month, in Spark's dialect: see `steps` in product.yaml.
SELECT
    origin,
    make_date(year, month, 1) AS month,
    CAST(count(*) AS INT) AS flights,
    CAST(count(arr_delay) AS INT) AS arrived,
    sum(arr_delay) AS late_minutes,
    CAST(percentile(arr_delay, 0.9) AS DECIMAL(7, 2)) AS p90_delay,
    CAST(count_if(arr_delay > 15) / count(arr_delay) AS DECIMAL(5, 4)) AS late_share
FROM sources.flights
GROUP BY origin, make_date(year, month, 1)
ORDER BY origin, month
