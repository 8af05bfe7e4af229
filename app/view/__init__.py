"""How a board reads: from its document to the texts and states that a page shows. Knows nothing of HTTP."""
