-- A measure's last value in every bucket.
-- Params:  environment text, address text, measure text, since, until and width in milliseconds
-- Returns: rows.MeasuredValue; a bucket in which it was not measured has no row
-- Cost:    three index probes a bucket, more where the measure is often missing
with recursive bucket as (
    select :since as start
    union all
    select bucket.start + :width as start
    from bucket
    where bucket.start + :width < :until
),

latest as (
    select
        bucket.start,
        (
            select entry.id
            from entry
            inner join measure on entry.id = measure.entry and measure.name = :measure
            where
                entry.place = (
                    select place.id
                    from place
                    where place.environment = :environment and place.address = :address
                )
                and entry.at >= bucket.start
                and entry.at < bucket.start + :width
                and entry.at < :until
            order by entry.at desc
            limit 1
        ) as entry
    from bucket
)

select
    latest.start as at,
    measure.value,
    measure.precision
from latest
inner join measure on latest.entry = measure.entry and measure.name = :measure
order by latest.start
