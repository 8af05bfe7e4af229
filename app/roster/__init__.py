"""Who the operators are: files of people, and the roster that is kept."""
