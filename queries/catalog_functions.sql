-- The functions and procedures of some schemas.
-- Params:  schemas text[], held_functions bigint[]
-- Returns: rows.CatalogFunction, one per function; `source` is its body, `whole` makes it
-- Cost:    catalog only
select
    cast(p.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(p.proname as text) as name,
    pg_get_function_identity_arguments(p.oid) as identity,
    cast(p.prokind as text) as kind,
    cast(l.lanname as text) as language,
    pg_get_function_arguments(p.oid) as arguments,
    pg_get_function_result(p.oid) as result,
    cast(p.provolatile as text) as volatility,
    p.proisstrict as strict,
    p.prosecdef as security_definer,
    array(
        select u.setting
        from unnest(p.proconfig) as u (setting)
        order by u.setting
    ) as config,
    -- a body of the standard's kind has no text of its own (PostgreSQL 14)
    case
        when p.prosrc = '' and p.prokind in ('f', 'p')
            then substring(pg_get_functiondef(p.oid) from '\n((BEGIN ATOMIC|RETURN )[\s\S]*)$')
        else p.prosrc
    end as source,
    case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) end as whole
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
inner join pg_catalog.pg_language as l on p.prolang = l.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(p.oid as bigint) <> all(cast(:held_functions as bigint[]))
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_proc' as regclass)
            and d.objid = p.oid
            and d.deptype = 'e'
    )
order by n.nspname, p.proname, identity
