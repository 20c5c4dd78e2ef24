"""The last look-ups of this browser: IDs and environments, kept there and nowhere else."""

from collections.abc import Collection
from pathlib import Path

from dashboard.show.shared import component
from dashboard.show.shared.address import Address

FOLDER = Path(__file__).parent
HTML = "<section aria-label='Recent look-ups' hidden></section>"


def draw(asked: Address, environments: Collection[str], *, listed: bool) -> None:
    """Note what is looked up, and list what was: of environments that the viewer sees."""
    note = asked.environment in environments and bool(asked.id or asked.ids)
    component.of(FOLDER, HTML)(
        key="recent look-ups",
        data={
            "now": {"ids": asked.ids or [asked.id], "env": asked.environment} if note else None,
            "environments": list(environments),
            "listed": listed,
        },
    )
