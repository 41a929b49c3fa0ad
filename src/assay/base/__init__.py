"""Floor 0: what every other room stands on. Pure: values in, values out; no disk, network, clock or environment."""
