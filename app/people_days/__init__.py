"""When operators were there, and what they did, by day."""
