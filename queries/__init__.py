"""Read-only SQL, one file an answer."""
