"""The Redis (or Valkey) behind us: its address, its keys, its scripts."""
