"""The few places in Streamlit's files that no option of Streamlit changes.

Where the text of one is no longer found, the file is served as Streamlit has it.
"""

import hashlib
import re
from collections.abc import Iterator

from queries.records import dataclass

TITLE = "The dashboard does not answer"
RESTARTING = (
    "It may be restarting. This page connects again by itself, and what you typed stays here."
)
SIGNED_OUT = "You may have been signed out. Reload the page to sign in again."
NO_SUCH_PAGE = "There is no page /${e} here"


@dataclass(frozen=True, slots=True)
class Mend:
    """One place in one file, between whose name and ending stands a hash."""

    file: str
    old: str  # an expression: what the build has renamed is read, and written again
    new: str
    ending: str = "js"

    def concerns(self, name: str) -> bool:
        return re.fullmatch(rf"{self.file}\.[\w-]+\.{self.ending}", name) is not None

    def places(self, script: str) -> int:
        return len(re.findall(self.old, script))

    def applied(self, script: str) -> str:
        return re.sub(self.old, self.new, script)


MENDS = (
    # the pages have a typeface of their own, and of four thousand icons a hundred
    *(
        Mend(
            "index",
            rf"@font-face\{{font-family:{family};[^}}]*font-style:{style};[^}}]*\}}",
            "",
            "css",
        )
        for family, style in (
            ("Source Sans", "normal"),
            ("Source Sans", "italic"),
            ("Material Symbols Rounded", "normal"),
        )
    ),
    # the reconnect dialog tells whoever looks on to run a command in their terminal
    Mend(
        "index",
        r"this\.showError\(`Connection error`,(\w+),(\w+)\.CONNECTION_ERROR\)",
        rf"this.showError(`{TITLE}`,{{message:/ 40[13]\\b/.test(\1.message)"
        rf"?`{SIGNED_OUT}`:`{RESTARTING}`}},\2.CONNECTION_ERROR)",
    ),
    Mend("index", "`Connecting to Streamlit server`", "`Connecting to the dashboard`"),
    Mend("index", "`Unable to connect to Streamlit server`", f"`{TITLE}`"),
    # the folder that it names is not one of ours
    Mend(
        "index",
        r"`You have requested page /\$\{e\}, but no corresponding file was found in the app's "
        r"pages/ directory`",
        f"`{NO_SUCH_PAGE}`",
    ),
    Mend("index", r"\. Running the app's main page\.`", ". Environment health is shown instead.`"),
    # SQL is read without colours, which have too little contrast: half a megabyte for three lines
    Mend(
        "StreamlitSyntaxHighlighter",
        r"(?s)var _=\w+\(\(.*,(\w+=\w+\(\w+\(\),1\)),\w+=\w+\(\),(\w+=5e4;)",
        r"var \1,\2",
    ),
    Mend(
        "StreamlitSyntaxHighlighter",
        r"children:\w+\?(\w+\(\w+,\{wrapLines:\w+\?\?!1,\"data-testid\":`stCodeUnhighlighted`)",
        r"children:!0?\1",
    ),
    # no page has emoji: a time of the day is taken for one, and brings all of them
    Mend(
        "StreamlitMarkdown",
        re.escape(r"return/:(?!material\/|streamlit:)[\w+-][\w_+-]*:/.test(e)"),
        "return!1",
    ),
    # an icon stands beside its word: its name would be read to whoever listens, as well
    Mend("StreamlitMarkdown", r"role:`img`,ariaLabel:(\w+)\+` icon`", r"ariaHidden:`true`"),
    # a table that is wider than the page scrolls, and whoever has no mouse must get into it
    Mend(
        "Table",
        r"tabIndex:(\w+\|\|\w+)\?0:void 0,role:\1\?`region`:void 0,"
        r'"aria-label":\1\?`Scrollable table`:void 0',
        'tabIndex:0,role:`group`,"aria-label":`Table`',
    ),
    # where files may be dropped is a group with a name, and no decoration
    Mend(
        "FileUploader",
        "`stFileUploaderDropzone`,isDisabled",
        "`stFileUploaderDropzone`,role:`group`,isDisabled",
    ),
    # the mark under the pointer in a metric's chart is drawn as an image without a name
    Mend("Metric", r"filled:!0,size:65,tooltip:!0", "filled:!0,aria:!1,size:65,tooltip:!0"),
)


VERSION = hashlib.sha256(repr(MENDS).encode()).hexdigest()[:8]


def of(name: str) -> Iterator[Mend]:
    return (each for each in MENDS if each.concerns(name))


def applied(name: str, script: str) -> str:
    """Give the script its changes; a place that is not there once is left alone."""
    for each in of(name):
        if each.places(script) == 1:
            script = each.applied(script)
    return script
