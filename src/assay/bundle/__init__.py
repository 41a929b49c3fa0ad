"""Floor 3: what travels: payloads, bundles, release orders and exports, and their verification without any I/O."""
