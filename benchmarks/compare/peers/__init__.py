"""The comparison in the tools of others: one script each, with what its environment holds, as names and versions."""
