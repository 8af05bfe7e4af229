"""The log of posts: what was received, what became of it, and where it can be read again."""
