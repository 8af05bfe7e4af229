"""A simulated floor that posts its webhooks to a real Deskboard. All of its people are invented."""
