"""What an environment is for, so that production is unmistakable."""

from dashboard.environments import Environment, Role
from dashboard.show.shared import links

BADGES = {
    Role.DEVELOPMENT: ":gray-badge[:material/laptop_mac: development]",
    Role.STAGING: ":gray-badge[:material/science: staging]",
    Role.PREVIEW: ":gray-badge[:material/visibility: preview]",
    Role.PRODUCTION: ":violet-badge[:material/public: **PRODUCTION**]",
}


def title(environment: Environment) -> str:
    """Name it in bold with the badge of its role, as Markdown that leads to its page."""
    return f"**{links.to_environment(environment.name)}** {BADGES[environment.role]}"


def option(environment: Environment) -> str:
    """Name it where only plain text can be shown."""
    if environment.role in environment.name.lower():
        return environment.name
    production = environment.role is Role.PRODUCTION
    return f"{environment.name} ({environment.role.upper() if production else environment.role})"
