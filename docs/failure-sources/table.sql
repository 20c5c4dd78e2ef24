-- A table of the application's own, for servers whose log no SQL can reach. The application writes
-- one row in the branch that handles a failed deployment, outside the transaction that failed.
-- Run it as the owner of the schema. A view with these columns does as well.

create table deployment_failures (
    id bigint generated always as identity primary key,
    failed_at timestamptz not null default now(),
    project_id text,
    code text,             -- P2003, 23503, ...
    constraint_name text,
    message text           -- for the application's own people: the dashboard never reads it
);
create index deployment_failures_failed_at_idx on deployment_failures (failed_at);

grant select (id, failed_at, project_id, code, constraint_name) on deployment_failures
    to deployment_dashboard;
