"""The page that loads everything else: Streamlit's own, which says what is coming meanwhile."""

import hashlib
import html
import re
from pathlib import Path

from dashboard.frontend import mends
from queries import patterns

FOLDER = f"dashboard-{mends.VERSION}"
OURS = r"dashboard-[0-9a-f]{8}"
NAME = "Deployment dashboard"
Place = re.Pattern[str]
STATIC = Path(__file__).parents[1] / "static"
ICONS = STATIC / "material-symbols-used.woff2"
TEXT = STATIC / "inter-latin-wght-normal.woff2"

# Streamlit's own typeface is not used, and its icons are thousands
UNUSED = patterns.lazy(r'<link\s+rel="preload"[^>]*?/SourceSans[^>]*?>\s*')
TITLE = patterns.lazy(r"<title>.*?</title>")
NO_SCRIPT = patterns.lazy(r"<noscript>.*?</noscript>", re.DOTALL)
STATIC_FILES = "./static/"
ROOT = '<div id="root"></div>'
END_OF_HEAD = "</head>"
PLACES = (UNUSED, TITLE, NO_SCRIPT, patterns.lazy(ROOT), patterns.lazy(END_OF_HEAD))

LOADING = Path(__file__).with_name("loading.html")
STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")


def ours(original: str) -> str:
    """Put our name and fonts, what is shown meanwhile, and how it prints into Streamlit's page."""
    page = UNUSED.sub("", original).replace(STATIC_FILES, f"{STATIC_FILES}{FOLDER}/")
    page = TITLE.sub(f"<title>{NAME}</title>", page)
    page = NO_SCRIPT.sub("<noscript><p>This dashboard needs JavaScript.</p></noscript>", page)
    page = page.replace(END_OF_HEAD, f"{_head()}{END_OF_HEAD}")
    return page.replace(ROOT, f'<div id="root">{LOADING.read_text(encoding="utf-8")}</div>')


def named(page: str, title: str) -> str:
    """Say what a tab and a chat show of a link: the page's and the product's name, no more."""
    words = html.escape(title)
    head = (
        f"<title>{words}</title>"
        f'<meta property="og:title" content="{words}">'
        f'<meta property="og:site_name" content="{NAME}">'
        '<meta property="og:type" content="website">'
    )
    return TITLE.sub(lambda _found: head, page, count=1)


def _head() -> str:
    preloaded = (_address(ICONS), f"./app/static/{TEXT.name}")
    links = "".join(
        f'<link rel="preload" href="{each}" as="font" type="font/woff2" crossorigin>'
        for each in preloaded
    )
    style = STYLE.read_text(encoding="utf-8").replace("ICONS", _address(ICONS))
    return f"{links}<style>{style}</style><script>{SCRIPT.read_text(encoding='utf-8')}</script>"


def _address(file: Path) -> str:
    """Name what the file holds, too: another one is fetched anew."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    return f"./app/static/{file.name}?v={digest}"
