"""Floor 3: two tables held against each other: how their columns pair, what is asked of them, what the answers say."""
