"""What an id looks like, and what is never one."""

from queries import patterns

MOST_ID = 3_000  # a longer value does not fit into an index entry, so it is no key

_SHAPES = tuple(
    (name, patterns.lazy(pattern))
    for name, pattern in (
        ("cuid", r"c[0-9a-z]{24}"),
        ("cuid2", r"[a-z][0-9a-z]{23}"),
        ("uuid", r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"),
        ("ulid", r"[0-7][0-9A-HJKMNP-TV-Z]{25}"),
        ("nanoid", r"[A-Za-z0-9_-]{21}"),
        ("integer", r"[0-9]{1,19}"),
    )
)
# what stands for a value that was never filled in: JavaScript's and Python's words for nothing, an
# object turned into text, a route's or a template's parameter
_PLACEHOLDER = patterns.lazy(
    r"(?i:undefined|null|none|nil|nan)|\[object \w+\]|:[A-Za-z_]\w*|%[sd]"
    r"|\$?\{+ *[\w.]+ *\}+|<[\w. -]+>|\[\.*\w+\]|(?i:%7b)\w+(?i:%7d)|"
)
_PREFIXED = patterns.lazy(r"[A-Za-z]{2,12}_[A-Za-z0-9]{10,60}")
_HASH = patterns.lazy(r"[0-9a-f]+")
_NEVER = tuple(
    patterns.lazy(pattern)
    for pattern in (
        r"[^@\s]+@[^@\s]+\.[^@\s]+",  # an email address
        r"v?[0-9]+(?:\.[0-9]+){1,4}(?:-[\w.]+)?",  # a version, an IP address
        r"P[1-6][0-9]{3}",  # a Prisma code
    )
)


def looks_like(text: str) -> tuple[str, ...]:
    """Name the shapes this text has."""
    return tuple(name for name, pattern in _SHAPES if pattern.fullmatch(text))


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a value should: an application sent it unfilled."""
    return _PLACEHOLDER.fullmatch(text) is not None


def stands_out(token: str) -> bool:
    """Whether a token is an id beyond doubt, also in the middle of prose."""
    shapes = looks_like(token)
    digit = any(each.isdigit() for each in token)
    match shapes:
        case ("cuid2",):
            return digit and not _HASH.fullmatch(token)
        case ("nanoid",):
            return digit and token.lower() != token and token.upper() != token
        case ("ulid",):
            return digit and not token.isdigit()
        case ("cuid",) | ("uuid",):
            return digit
        case _:
            return False


def has_prefix(token: str) -> bool:
    """Whether a token is made as many services make theirs: prj_2aB3cD4eF5gH6iJ7kL8m."""
    return _PREFIXED.fullmatch(token) is not None and any(each.isdigit() for each in token)


def can_follow_a_noun(token: str) -> bool:
    """Whether this is an id where the parent's name stands before it: `project: prj_2aB3…`."""
    return stands_out(token) or has_prefix(token)


def never(token: str) -> bool:
    """Whether a token is certainly no id: a path, an email, a version, a code, a constraint."""
    if "/" in token or "\\" in token or len(token) > MOST_ID:
        return True
    return is_constraint(token) or any(pattern.fullmatch(token) for pattern in _NEVER)


def is_constraint(token: str) -> bool:
    """Whether a token is named the way Prisma and PostgreSQL name constraints."""
    if token.endswith(("_fkey", "_pkey")):
        return True
    return token.endswith(("_key", "_idx")) and token.count("_") > 1
