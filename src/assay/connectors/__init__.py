"""Floor 6: adapters to what lies outside: keys, clocks, git, the scripts of a page. One adapter a file."""
