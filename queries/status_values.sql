-- What a status column can say: the labels of its enum, and what its first rows have.
-- Params:  child_oid bigint, column_name text
-- Returns: rows.StatusValue, one per value
-- Cost:    catalog, and the first 1,000 rows
select
    x.value,
    bool_or(x.of_enum) as of_enum
from (
    select
        cast(e.enumlabel as text) as value,
        true as of_enum
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_enum as e on a.atttypid = e.enumtypid
    where
        a.attrelid = cast(cast(:child_oid as bigint) as oid)
        and a.attname = cast(:column_name as text)
    union all
    select
        left(cast(f.status as text), 100) as value,
        false as of_enum
    from (
        select {d.status} as status
        from {counted} as d
        fetch first 1000 rows only
    ) as f
    where f.status is not null
) as x
group by x.value
order by x.value
