"""The log of received posts: what was received, what became of it, and where it can be read again."""
