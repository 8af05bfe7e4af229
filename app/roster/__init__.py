"""Who the operators are: CSV files of people, and the roster in the store."""
