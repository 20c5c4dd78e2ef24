"""The page Migrations."""
