"""Limits of figures: where each stands is decided by one process, kept as records, and shown in every document."""
