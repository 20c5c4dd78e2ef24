-- What really held while the statements of this transaction were read.
-- Params:  none
-- Returns: rows.Session, 1 row
-- Cost:    none
select
    current_setting('transaction_read_only') = 'on' as read_only,
    current_setting('statement_timeout') as statement_timeout
