-- Ids that differ from one that is not there in letter case only.
-- Params:  id text, whole boolean (all keys may be read)
-- Returns: rows.OtherCase, one row; complete: all were found
-- Cost:    one index range, in which a language sorts the cases of a word; where whole, 10,001 keys
with beside as (
    select p.key
    from (
        select {p.key} as key
        from {parent} as p
        where
            {p.key} >= cast(lower(cast(:id as text)) as {key_type})
            and {p.key} <= cast(upper(cast(:id as text)) as {key_type})
        order by {p.key}
        limit 1001
    ) as p
),

keys as (
    select {p.key} as key
    from {parent} as p
    where
        cast(:whole as boolean)
        and not exists (
            select 1
            from {parent} as x
            where {x.key} = cast(cast(:id as text) as {key_type})
        )
    order by {p.key}
    limit 10001
),

-- bytes sort all capitals before all other letters
sorting as (
    select
        coalesce(min(b.key), cast('a' as {key_type})) < cast('A' as {key_type})
        and coalesce(min(b.key), cast('A' as {key_type})) < cast('b' as {key_type})
            as as_a_language
    from beside as b
    where false
)

select
    coalesce(
        ((select s.as_a_language from sorting as s) and (select count(*) from beside) <= 1000)
        or (cast(:whole as boolean) and (select count(*) from keys) <= 10000),
        false
    ) as complete,
    array(
        select cast(f.key as text) as id
        from (
            select b.key
            from beside as b
            union
            select k.key
            from keys as k
        ) as f
        where
            lower(cast(f.key as text)) = lower(cast(:id as text))
            and cast(f.key as text) <> cast(:id as text)
        order by id
        limit 5
    ) as ids
