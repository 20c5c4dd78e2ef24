"""The page Environment: one environment, from the parts of the other pages."""
