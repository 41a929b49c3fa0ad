"""What the benchmarks of whole processes share: data, environments of others, measuring in turns, tables."""
