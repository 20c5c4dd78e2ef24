"""The kinds of rows that have lost, or never had, what they belong to: one file each."""

from dataclasses import replace

from dashboard.diagnose.facts import Relation
from dashboard.diagnose.orphans.kind import WITHOUT_KEY, WITHOUT_PARENT, CountedColumn
from dashboard.diagnose.orphans.kinds import (
    cross_environment_orphan,
    dead_file_upload,
    duplicate_owner,
    ghost_child,
    hidden_rows,
    never_accessed,
    owner_mismatch,
    ownerless_deployment,
    ownerless_project,
    service_leftover,
    soft_deleted_parent,
    soft_link_ghost,
    stuck,
    undeployed_project,
    unowned_deployment,
)
from dashboard.diagnose.orphans.relationship import Relationship, Roles

KINDS = (
    ghost_child.KIND,
    unowned_deployment.KIND,
    duplicate_owner.KIND,
    undeployed_project.KIND,
    ownerless_project.KIND,
    ownerless_deployment.KIND,
    owner_mismatch.KIND,
    soft_link_ghost.KIND,
    service_leftover.KIND,
    stuck.KIND,
    dead_file_upload.KIND,
    soft_deleted_parent.KIND,
    cross_environment_orphan.KIND,
    never_accessed.KIND,
    hidden_rows.KIND,
)
BY_CODE = {kind.code: kind for kind in KINDS}


def counted_columns(relationship: Relationship, roles: Roles) -> tuple[CountedColumn, ...]:
    """List what is counted, kind by kind; a kind without a column is not in this schema."""
    return tuple(
        _named(column, relationship, roles)
        for kind in KINDS
        for column in kind.applies(relationship, roles)
    )


def _named(column: CountedColumn, relationship: Relationship, roles: Roles) -> CountedColumn:
    owned, parents = roles.owner_column(column.counted), roles.owner_column(relationship.parent)
    single = column.counted.key.single is not None  # of several, one may be left as it is
    return replace(
        column,
        project=relationship.project_column(column.counted),
        owner=_column(owned),
        projects=relationship.parent,
        nouns=relationship.facts.catalog.nouns,
        owner_of_project=_column(parents),
        clearable=single
        and column.query == WITHOUT_PARENT
        and relationship.may_be_null(column.counted),
        assignable=single
        and column.query in (WITHOUT_PARENT, WITHOUT_KEY)
        and relationship.may_be_assigned(column.counted),
    )


def _column(owned: Relation | None) -> str | None:
    """Name the column that says whose a row is, where it may be read."""
    single = owned.key.single if owned and owned.key_readable else None
    return single.name if single else None
