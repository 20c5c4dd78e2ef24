"""The page Environment health."""
