"""Boards as people define them: read from a form or TOML, checked, stored, written as TOML."""
