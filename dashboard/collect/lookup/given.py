"""What somebody gave to be looked up, taken apart id by id."""

from dashboard.diagnose.paste import MOST_IDS, Paste, Sought, read
from dashboard.settings import Settings

MOST_CHARACTERS = 4_000_000


class TooMuchError(Exception):
    """More was given than is looked up at once; the message says what to do."""


def read_text(text: str, settings: Settings, most_ids: int = MOST_IDS) -> list[Paste]:
    """Read a text; raise TooMuchError where it is too long, or has too many ids."""
    if len(text) > MOST_CHARACTERS:
        raise TooMuchError(
            f"The input is longer than {MOST_CHARACTERS:,} characters: paste a part of it, such "
            "as the last lines."
        )
    pastes = read(text, Sought(settings.constraint)).split()
    if len(pastes) > most_ids:
        raise TooMuchError(f"There are more than {most_ids:,} IDs: look them up in parts.")
    return pastes
