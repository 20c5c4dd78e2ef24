"""Compares names across their spellings: projectId, project_id, Projects, "project"."""

from queries import patterns

_SEPARATORS = patterns.lazy(r"[^a-z0-9]")


def plain(name: str) -> str:
    return _SEPARATORS.sub("", name.lower())


def singular(name: str) -> str:
    one = plain(name)
    if one.endswith("ies"):
        return one.removesuffix("ies") + "y"
    return one.removesuffix("s")


def unqualified(name: str) -> str:
    """Take the table out of schema.table, or the column out of table.column."""
    return name.rpartition(".")[2].strip('"')
