-- Failed deployments of one source, whatever it is: a log, a table of its own or a status column.
-- Params:  since timestamptz, until timestamptz,
--          statuses text[] in lower case, tables text[] or null,
--          child_column text, parent_column text, parent_table text,
--          ids text[] or null for all, where an index answers for the column that names them
-- Returns: rows.FailureRow, no order: failures_page and failures_summary go through them
-- Cost:    one scan of the source, or one reading of the log's end; with a time limit.
--          With ids: one index probe for each
select
    coalesce(cast({t.id} as text), '') as id,
    cast({t.at} as timestamptz) as failed_at,
    coalesce(
        cast({t.project_id} as text),
        case
            when cast({t.key_column} as text) = cast(:child_column as text)
                then cast({t.key_value} as text)
            when
                cast({t.key_column} as text) = cast(:parent_column as text)
                and cast({t.table_name} as text) = cast(:parent_table as text)
                then cast({t.key_value} as text)
        end
    ) as project_id,
    coalesce(
        cast({t.code} as text),
        substring(cast({t.error} as text) from '\m(P[1-6][0-9]{3}|23[0-9]{3})\M'),
        case when cast({t.error} as text) ~ 'oreign key constraint' then 'P2003' end
    ) as code,
    coalesce(
        cast({t.constraint_name} as text),
        substring(cast({t.error} as text) from '\m(\w+_[fp]?key)\M')
    ) as constraint_name,
    cast({t.table_name} as text) as subject,
    coalesce(cast({t.operation} as text), 'status ' || cast({t.status} as text)) as operation
from {failures} as t
where
    cast({t.at} as timestamptz) >= cast(:since as timestamptz)
    and cast({t.at} as timestamptz) < cast(:until as timestamptz)
    and (
        {told_by} = 0
        or ({told_by} = 1 and lower(cast({t.status} as text)) = any(cast(:statuses as text[])))
        or ({told_by} = 2 and {t.error} is not null)
    )
    and (
        cast(:tables as text[]) is null
        or coalesce(cast({t.table_name} as text), '') = any(cast(:tables as text[]))
    )
    and (
        cast(:ids as text[]) is null
        or {t.indexed} = any(cast(cast(:ids as text[]) as {indexed_type}[]))
    )
