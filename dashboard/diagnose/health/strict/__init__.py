"""How far an environment is with the strict migration, and what would stop it there."""
