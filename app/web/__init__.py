"""The HTTP side: one module for each address, and what they share."""
