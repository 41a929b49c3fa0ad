"""Floor 2: the process as a table, statements and their envelopes, the chain, and the pure decision over them."""
