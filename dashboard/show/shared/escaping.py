"""Text from databases and pastes, shown as it is and never as markup."""

import re

from dashboard.diagnose import words
from queries import patterns

_PUNCTUATION = patterns.lazy(r"([!-/:-@\[-`{-~])")  # Markdown lets each of ASCII be escaped
# Streamlit looks for addresses, emoji and arrows once more, in what the escapes have become:
# an empty directive in the middle of each keeps it from being found.
_FOUND_LATER = patterns.lazy(r"\\:|\\[-<>=~](?=\\[-<>=~])|www(?=\\\.)|(?=\\@)", re.IGNORECASE)
_NOTHING = ":red[]"


def escaped(text: str) -> str:
    """Escape a text for every place where Streamlit reads Markdown; lines become one."""
    escaped = _PUNCTUATION.sub(r"\\\1", words.line(text))
    return _FOUND_LATER.sub(rf"\g<0>{_NOTHING}", escaped)
