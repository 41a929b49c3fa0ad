"""Floor 3: what is told and granted when a version is released."""
