"""Floor 1: data contracts (Open Data Contract Standard v3) as frozen values: read, compared, given digests. Pure."""
