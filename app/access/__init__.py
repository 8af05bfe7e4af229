"""Who may see what: people by their session, screens by their token, programs by theirs."""
