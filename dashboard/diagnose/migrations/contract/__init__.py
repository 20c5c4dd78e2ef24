"""Prisma 8: a graph of contracts, and a marker that says at which of them a database is."""
