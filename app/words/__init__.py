"""What pages say, in the languages they say it in."""
