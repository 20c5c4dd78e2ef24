"""Compares names across their spellings: projectId, project_id, Projects, "project"."""

import re

_SEPARATORS = re.compile(r"[^a-z0-9]")


def plain(name: str) -> str:
    return _SEPARATORS.sub("", name.lower())


def singular(name: str) -> str:
    one = plain(name)
    if one.endswith("ies"):
        return one.removesuffix("ies") + "y"
    return one.removesuffix("s")


def pointed_at(constraint: str) -> str:
    """Name what a foreign key is about: deployments_projectId_fkey is about a project.

    Prisma names a key table_column_fkey; one that is named otherwise tells nothing.
    """
    column = re.search(r"([A-Za-z0-9]+?)_?[iI]d_fkey$", constraint)
    return column[1].lower() if column else "project"


def unqualified(name: str) -> str:
    """Take the table out of schema.table, or the column out of table.column."""
    return name.rpartition(".")[2].strip('"')
