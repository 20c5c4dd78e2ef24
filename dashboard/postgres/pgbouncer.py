"""What PgBouncer says on its own behalf; its SQLSTATE is the same whatever it says."""

from dashboard.diagnose.facts import Kind

SAYINGS = (
    (r"query_wait_timeout", Kind.BUSY, "the pooler gave no connection in time"),
    (
        r"server_login_retry|server down",
        Kind.REFUSED,
        "the pooler cannot connect to its server",
    ),
    (
        r"no more connections allowed|client connections exceeded",
        Kind.FULL,
        "the pooler has no free connection",
    ),
    (
        r"login rejected|no authentication method is found",
        Kind.NOT_ALLOWED,
        "the pooler does not allow this role from this address",
    ),
    (
        r"unsupported (options )?startup parameter",
        Kind.NOT_ALLOWED,
        "the pooler does not accept the options in the URL",
    ),
    (r"database \".*\" is disabled", Kind.STARTING, "the database is disabled in the pooler"),
    (r"SSL required", Kind.TLS, "the pooler requires encryption (sslmode)"),
)
