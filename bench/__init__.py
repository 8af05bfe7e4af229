"""Measures a running Deskboard from outside, as a host sees it. Nothing of the product leans on it."""
