"""The demo: an embedded PostgreSQL with seeded environments, for people to try and tests to use."""

from pathlib import Path

MIGRATIONS = Path(__file__).with_name("migrations")
NEXT_MIGRATIONS = Path(__file__).with_name("next_migrations")


class DemoError(Exception):
    """What stopped the demo, as one sentence that can be shown as it is."""
