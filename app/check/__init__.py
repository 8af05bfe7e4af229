"""Is this deployment set up right? What is looked at, what was found, and the mend of what is not well."""
