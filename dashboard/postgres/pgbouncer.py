"""What PgBouncer says on its own behalf; its SQLSTATE is the same whatever it says."""

from dashboard.diagnose.facts import Kind

SAYINGS = (
    (r"query_wait_timeout", Kind.BUSY, "the pooler gave no connection in time"),
    (
        r"server_login_retry|server down",
        Kind.REFUSED,
        "the pooler gets no connection to the server behind it",
    ),
    (
        r"no more connections allowed|client connections exceeded",
        Kind.FULL,
        "the pooler has no connection left",
    ),
    (
        r"login rejected|no authentication method is found",
        Kind.NOT_ALLOWED,
        "the pooler does not let this role in from here",
    ),
    (
        r"unsupported (options )?startup parameter",
        Kind.NOT_ALLOWED,
        "the pooler does not take the options in the URL",
    ),
    (r"database \".*\" is disabled", Kind.STARTING, "the pooler has the database disabled"),
    (r"SSL required", Kind.TLS, "the pooler asks for encryption (sslmode)"),
)
