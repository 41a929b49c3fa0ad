"""Floor 6: one file per user verb: authorise, load, decide, record, act. Meets adapters through the ports only."""
