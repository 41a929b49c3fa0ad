"""Floor 5: pages and pictures, drawn from the record and from the tables."""
