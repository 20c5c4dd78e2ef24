"""The page Deployment failures."""
