"""The page Orphan candidates."""
