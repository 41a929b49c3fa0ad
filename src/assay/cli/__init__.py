"""Floor 9: the terminal's door: click commands, one file a phase; they parse, call an action and print."""
