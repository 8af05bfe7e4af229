"""From documents to everybody who looks: a snapshot, then merge patches, each encoded once."""
