"""The sums of each UTC day, kept long after its records."""
