"""The environments judged at once."""
