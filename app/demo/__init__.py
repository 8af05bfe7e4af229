"""A simulated contact centre that posts webhooks to a Deskboard of its own. All its people are invented."""
