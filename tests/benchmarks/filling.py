"""Projects by the million: 7 deployments and 2 uploads to 10 projects, made over 400 days."""

from dashboard.demo.databases import Connection

DAYS = 400
KEY = "'c' || lpad(to_hex(n), 24, '0')"
FILL = """
set session_replication_role = replica;  -- nothing has to be checked: it is right as it is made
insert into users (id, email, "updatedAt") select 'u' || n, n || '@x', now()
    from generate_series(1, {owners}) as n;
insert into "Project" (id, name, "userId", "createdAt", "updatedAt")
    select {key}, 'project ' || n, 'u' || (n % {owners} + 1), {at}, {at}
    from generate_series(1, {rows}) as n;
insert into deployments (id, "appId", "projectId", files, "createdAt", "updatedAt")
    select 'd' || n, 'a' || n, {key}, '{{}}', {at}, {at}
    from generate_series(1, {deployments}) as n;
insert into uploads (id, "key", "projectId", "createdAt")
    select 'f' || n, 'k' || n, {key}, {at} from generate_series(1, {uploads}) as n;
reset session_replication_role;
"""
ABSENT = "c" + "f" * 24


def fill(connection: Connection, rows: int) -> None:
    """Fill a database that has the product's empty tables."""
    script = FILL.format(
        key=KEY,
        at=f"now() - interval '{DAYS} days' * (1 - n / {rows}.0)",
        rows=rows,
        owners=rows // 10,
        deployments=rows * 7 // 10,
        uploads=rows * 2 // 10,
    )
    connection.execute(script.encode())
    connection.execute("vacuum (analyze)")


def project(number: int) -> str:
    """Name the project that was made so many-th."""
    return f"c{number:024x}"


def slipped(identifier: str) -> str:
    """Mistype one character, to what no other project is called."""
    return f"{identifier[:-3]}x{identifier[-2:]}"
