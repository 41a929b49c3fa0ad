"""Floor 7: what a node does: admit, deploy, run, check, publish, soak, release, roll back."""
