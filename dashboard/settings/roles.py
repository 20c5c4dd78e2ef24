"""What an environment is for, when only its name says so."""

import re

from dashboard.environments import Role

# the first that fits; nobody deploys to a "pre-production" by mistake, so it is no production
_SIGNS = (
    (r"preview|(?<![a-z])pr[-_.]?[0-9]", Role.PREVIEW),
    (r"stag|(pre|non)[-_.]?prod", Role.STAGING),
    (r"prod", Role.PRODUCTION),
)


def guess_role(name: str) -> Role:
    """Return DEVELOPMENT for every name that gives no sign, "local" and "dev" among them."""
    for pattern, role in _SIGNS:
        if re.search(pattern, name.lower()):
            return role
    return Role.DEVELOPMENT
