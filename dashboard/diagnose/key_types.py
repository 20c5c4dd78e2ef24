"""Which texts a key's column can hold: PostgreSQL refuses to compare it with any other."""

from queries import patterns

INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
_UUID = patterns.lazy(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_INTEGER = patterns.lazy(r"-?[0-9]{1,19}")


def fit_all(key_type: tuple[str, str]) -> bool:
    """Whether any text is a value of this type."""
    return key_type[1] != "uuid" and key_type[1] not in INTEGER_BITS


def fits(text: str, key_type: tuple[str, str]) -> bool:
    name = key_type[1]
    if name == "uuid":
        return _UUID.fullmatch(text) is not None
    if name in INTEGER_BITS:
        within = 2 ** (INTEGER_BITS[name] - 1)
        return bool(_INTEGER.fullmatch(text)) and -within <= int(text) < within
    return True
