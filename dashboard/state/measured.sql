-- A measure's last value in every bucket.
-- Params:  places text as ,1,2, measure text, and since, until and width in milliseconds
-- Returns: rows.MeasuredValue; a bucket in which it was not measured has no row
-- Cost:    three index probes a bucket and environment, more where the measure is often missing
with recursive bucket as (
    select :since as start
    union all
    select bucket.start + :width as start
    from bucket
    where bucket.start + :width < :until
),

chosen as (
    select place.id
    from place
    where :places like '%,' || place.id || ',%'
),

latest as (
    select
        chosen.id as place,
        bucket.start,
        (
            select entry.id
            from entry
            inner join measure on entry.id = measure.entry and measure.name = :measure
            where
                entry.place = chosen.id
                and entry.at >= bucket.start
                and entry.at < bucket.start + :width
                and entry.at < :until
            order by entry.at desc
            limit 1
        ) as entry
    from bucket
    cross join chosen
)

select
    latest.place as environment,
    latest.start as at,
    measure.value,
    measure.precision
from latest
inner join measure on latest.entry = measure.entry and measure.name = :measure
order by latest.start
