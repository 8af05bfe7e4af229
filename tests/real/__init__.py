"""Deskboard with real parts that take longer to set up than `make test` may take: `make real`."""
