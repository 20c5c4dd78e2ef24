"""The strict migration: what its script does, and what that makes of the constraint."""
