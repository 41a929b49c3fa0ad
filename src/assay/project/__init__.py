"""Floor 4: a project on disk as frozen values: its files, its subjects with their digests, what travels. Pure."""
