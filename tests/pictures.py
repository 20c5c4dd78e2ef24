"""Makes the README's pictures from a running demo: ./run pictures."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.settings import project_folder
from tests.browser.conftest import CHROMIUM, FLAGS

FOLDER = project_folder() / "docs"
SIZE = {"width": 1400, "height": 1040}
PATIENCE_MS = 180_000  # Chromium draws without a graphics card, maybe on a busy machine
# a name, what is opened, and what stands there once it is complete
SHOWN = (
    ("lookup", f"/lookup?id={ONLY_LOCAL.id}&env={STAGING}", "Where the ID exists"),
    ("health", "/", "Findings"),
    ("failures", "/failures?range=30d", "Failures per day"),
)


@contextmanager
def demo() -> Iterator[str]:
    """Start a demo, and yield where it is."""
    command = [sys.executable, "-m", "dashboard", "demo", "--headless", "--port", "0"]
    with subprocess.Popen(
        command, cwd=project_folder(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        found = (re.search(r"http://localhost:\d+", line) for line in process.stdout)
        try:
            yield next(each[0] for each in found if each)
        finally:
            process.terminate()


def picture(page: Page, address: str, shows: str) -> Image.Image:
    page.goto(address, timeout=PATIENCE_MS)
    expect(page.get_by_text(shows, exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
    page.wait_for_timeout(4_000)  # charts draw themselves
    return Image.open(BytesIO(page.screenshot(timeout=PATIENCE_MS)))


def main() -> None:
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        for name, path, shows in SHOWN:
            file = FOLDER / f"{name}.webp"
            picture(page, f"{address}{path}", shows).save(file, quality=82, method=6)
            sys.stdout.write(f"{file.relative_to(Path.cwd())}: {file.stat().st_size // 1000} kB\n")
        browser.close()


if __name__ == "__main__":
    main()
