"""The soak test; see tools/soak --help."""
