"""Alerts: episodes of limits and troubles, and the channels that are told of them, off the screen."""
