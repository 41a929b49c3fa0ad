# How far apart a carrier's arrival delays lie. In R for its quantiles (type 7) and the median absolute deviation.
flights <- assay_read("sources.flights")
late <- split(flights$arr_delay, flights$carrier)
known <- lapply(late, function(minutes) minutes[!is.na(minutes)])

assay_write(data.frame(
  carrier = names(late),
  flights = lengths(late),
  arrived = lengths(known),
  late_minutes = bit64::as.integer64(vapply(known, sum, 0L)),
  median_delay = vapply(known, median, 0),
  p90_delay = vapply(known, quantile, 0, probs = 0.9, names = FALSE),
  deviation = vapply(known, mad, 0)
))
