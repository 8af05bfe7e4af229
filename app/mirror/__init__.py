"""What matters now, as this process knows it: read from the store as a whole, then kept up by its change stream."""
