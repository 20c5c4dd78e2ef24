"""What columns stand for, and how they are usually called: each role can be given its column."""

from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class ColumnRole:
    """`names` are in order of preference. A role that ends in _at holds a moment.

    `deleted` holds a truth: rows can be marked as deleted by either, or by both.
    """

    name: str
    names: tuple[str, ...]
    configurable: bool = True


COLUMN_ROLES = (
    ColumnRole("id", ("id",), configurable=False),
    ColumnRole("name", ("name", "title", "displayName", "display_name", "label")),
    ColumnRole(
        "owner",
        ("userId", "user_id", "ownerId", "owner_id", "createdById", "created_by_id"),
    ),
    ColumnRole("created_at", ("createdAt", "created_at", "created")),
    ColumnRole("updated_at", ("updatedAt", "updated_at", "updated")),
    ColumnRole("deleted_at", ("deletedAt", "deleted_at")),
    ColumnRole("deleted", ("isDeleted", "is_deleted", "deleted")),
    ColumnRole(
        "accessed_at",
        ("lastAccessed", "lastAccessedAt", "last_accessed", "last_accessed_at"),
    ),
    ColumnRole("status", ("status", "state")),
    ColumnRole("error", ("error", "errorMessage", "error_message", "lastDeployError", "lastError")),
)
CONFIGURABLE = tuple(each.name for each in COLUMN_ROLES if each.configurable)
NAMES = {each.name: each.names for each in COLUMN_ROLES}
