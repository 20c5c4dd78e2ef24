"""Prisma's ledger of migrations: what it says, and what Prisma itself would say of it."""
