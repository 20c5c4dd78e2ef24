"""A throw-away PostgreSQL that migrations are rehearsed in, in a process of its own.

Nothing of it knows a monitored database: it is told scripts and what catalogs say, as JSON.
"""
