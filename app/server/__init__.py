"""One web process as its peers meet it: uvicorn, with bounds for each of them. All that leans on its internals."""
