"""Floor 1: what a SQL text says: its tokens, the tables it reads, what it may not use. No engine is asked."""
