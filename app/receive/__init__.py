"""From a signed post to one typed event, or to an answer that says what is wrong with it."""
