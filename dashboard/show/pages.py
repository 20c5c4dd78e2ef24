"""The pages there are, in the order of the menu: a folder each, named as in the address."""

from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class NamedPage:
    """`listed`: the menu has it; others are led to. The first one is at the address itself."""

    folder: str
    title: str
    icon: str
    listed: bool = True

    @property
    def script(self) -> str:
        return f"show/{self.folder}/page.py"

    @property
    def path(self) -> str:
        return "" if self is PAGES[0] else self.folder


PAGES = (
    NamedPage("health", "Environment health", ":material/monitor_heart:"),
    NamedPage("lookup", "Lookup", ":material/search:"),
    NamedPage("failures", "Deployment failures", ":material/error:"),
    NamedPage("orphans", "Orphan candidates", ":material/link_off:"),
    NamedPage("migrations", "Migrations", ":material/database:"),
    NamedPage("environment", "Environment", ":material/database:", listed=False),
    NamedPage("help", "Help", ":material/help:"),
)
PRODUCT = "Deployment dashboard"


def title(page: str) -> str:
    """Name a page as a whole, whatever it shows."""
    return f"{page} · {PRODUCT}"
