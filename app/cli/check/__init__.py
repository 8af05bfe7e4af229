"""Is this deployment set up right? What is looked at, what was found, and what to do about it."""
