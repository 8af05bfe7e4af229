"""Authentication and what each principal may see: people by session, screens and API clients by token."""
