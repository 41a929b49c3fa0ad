"""Floor 3: what is asked for, and whether it can be made from what there is."""
