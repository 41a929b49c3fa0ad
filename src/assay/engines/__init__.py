"""Floor 6: what runs the steps. Each engine is one file that answers the `Engine` port; libraries are imported late."""
