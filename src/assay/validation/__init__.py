"""Floor 2: from the rules of a contract to checks, the reads they need, and the verdicts on what was read. Pure."""
