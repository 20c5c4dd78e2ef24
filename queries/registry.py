"""The typed index of all queries: one a file, of the same name."""

from queries import rows
from queries.query import Query

COLUMN_PRESENCE = Query("column_presence", rows.ColumnPresence)
COLUMNS = Query("columns", rows.Column)
DEPLOYMENTS_BY_PROJECT = Query("deployments_by_project", rows.Deployment)
ENTITIES = Query("entities", rows.Entity)
FOREIGN_KEYS = Query("foreign_keys", rows.ForeignKey)
IDS_BY_PREFIX = Query("ids_by_prefix", rows.Project)
MIGRATIONS = Query("migrations", rows.Migration)
NEAR_IDS = Query("near_ids", rows.Project)
OWNERS_BY_ID = Query("owners_by_id", rows.Owner)
PROJECT_OWNERS = Query("project_owners", rows.Owner)
PROJECTS_BY_ID = Query("projects_by_id", rows.Project)
PROJECTS_BY_NAME = Query("projects_by_name", rows.Project)
PROJECTS_BY_OWNER = Query("projects_by_owner", rows.Project)
PROOF = Query("proof", rows.Proof)
ROW_COUNT = Query("row_count", rows.RowCount)
ROWS_PER_DAY = Query("rows_per_day", rows.DayCount)
SAMPLE_IDS = Query("sample_ids", rows.SampleId)
SERVER = Query("server", rows.Server)
SESSION = Query("session", rows.Session)
SYSTEM_IDENTIFIER = Query("system_identifier", rows.SystemIdentifier)
TABLES = Query("tables", rows.Table)
TRACES = Query("traces", rows.Trace)
WRITE_POWERS = Query("write_powers", rows.Power)
