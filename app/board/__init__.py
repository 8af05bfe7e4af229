"""What one audience sees: from records, sums and an instant to a JSON document."""
