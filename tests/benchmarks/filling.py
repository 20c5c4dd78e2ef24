"""Projects by the million: 7 deployments and 2 uploads to 10 projects, made over 400 days."""

from dashboard.demo.databases import Connection

DAYS = 400
KEY = "'c' || lpad(to_hex(n), 24, '0')"
OWNER = "'u' || (n % {owners} + 1)"
MADE_AT = "now() - interval '{days} days' * (1 - cast(n as float8) / {number})"
FILL = """
set session_replication_role = replica;  -- nothing has to be checked: it is right as it is made
insert into users (id, email, "updatedAt") select 'u' || n, n || '@x', now()
    from generate_series(1, {owners}) as n;
insert into "Project" (id, name, "userId", "createdAt", "updatedAt")
    select {key}, 'project ' || n, {owner}, {project_at}, {project_at}
    from generate_series(1, {projects}) as n;
insert into deployments
    (id, "appId", "projectId", "userId", files, "createdAt", "updatedAt", "lastAccessed")
    select 'd' || n, 'a' || n, {key}, {owner}, '{{}}', {deployment_at}, {deployment_at}, now()
    from generate_series(1, {deployments}) as n;
insert into uploads (id, "key", "projectId", "userId", "createdAt")
    select 'f' || n, 'k' || n, {key}, {owner}, {upload_at} from generate_series(1, {uploads}) as n;
reset session_replication_role;
"""
ABSENT = "c" + "f" * 24


def fill(connection: Connection, rows: int) -> None:
    """Fill a database that has the product's empty tables."""
    owners, deployments, uploads = rows // 10, rows * 7 // 10, rows * 2 // 10
    script = FILL.format(
        key=KEY,
        owner=OWNER.format(owners=owners),
        owners=owners,
        projects=rows,
        project_at=MADE_AT.format(days=DAYS, number=rows),
        deployments=deployments,
        deployment_at=MADE_AT.format(days=DAYS, number=deployments),
        uploads=uploads,
        upload_at=MADE_AT.format(days=DAYS, number=uploads),
    )
    connection.execute(script.encode())
    connection.execute("vacuum (analyze)")


def project(number: int) -> str:
    """Name the project that was made so many-th."""
    return f"c{number:024x}"


def slipped(identifier: str) -> str:
    """Mistype one character, to what no other project is called."""
    return f"{identifier[:-3]}x{identifier[-2:]}"
