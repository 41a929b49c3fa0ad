"""Floor 6: what is kept: ledger and state in a database, snapshots, payloads and pages on disk."""
