"""The routes of each airport by the number of their flights, with Spark's data frames and a window."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

READS = {"flights": "sources.flights"}


def routes(flights: DataFrame) -> DataFrame:
    """Return one row for each pair of airports, the busiest of each airport of departure first."""
    counted = flights.groupBy("origin", "dest").agg(
        F.count("*").cast("int").alias("flights"),
        F.count("arr_delay").cast("int").alias("arrived"),
        F.sum("arr_delay").alias("late_minutes"),
        F.countDistinct("carrier").cast("int").alias("carriers"),
    )
    busiest = Window.partitionBy("origin").orderBy(F.desc("flights"), "dest")
    return counted.withColumn("place", F.row_number().over(busiest)).orderBy("origin", "place")
