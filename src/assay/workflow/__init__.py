"""Floor 2: the steps of a product, the graph they form, their fingerprints, and what a build would do and why."""
