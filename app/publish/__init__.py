"""From documents to every viewer: a snapshot, then merge patches, each encoded once."""
