"""Signing in and out in a real browser, at a provider of ours and at the certified one from npm."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.access.oidc import COOKIE
from dashboard.demo import DemoError
from dashboard.demo import sign_in as sign_in_of_demo
from dashboard.demo.scenarios import SHOP, STAGING
from dashboard.demo.seed import connect_urls
from dashboard.demo.sign_in import configuration as access
from dashboard.demo.state import configuration
from dashboard.postgres.cluster import Cluster, free_port
from dashboard.settings import project_folder
from tests.access import provider
from tests.access.raw import Visitor, connect, refused
from tests.access.running import run
from tests.benchmarks.serving import LIMITED, served
from tests.browser.conftest import PATIENCE_MS
from tests.repetitions import repetition

GRANTS = """
[[access.grant]]
who = ["group:leads", "group:support"]
level = "support"
names = true
"""
OURS, CERTIFIED = "ours", "oidc-provider"
START_LIMIT_S = 60


@dataclass(frozen=True, slots=True)
class Site:
    address: str
    provider: str


@pytest.fixture(scope="module", params=[OURS, repetition(CERTIFIED)])
def site(
    request: pytest.FixtureRequest, demo: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("sign-in"), free_port()
    address = f"http://localhost:{port}"
    start = ours if request.param == OURS else certified
    with start(folder, address) as issuer:
        file = folder / "dashboard.toml"
        file.write_text(configuration(connect_urls(demo)) + access(address, issuer, GRANTS))
        variables = {"STREAMLIT_SERVER_COOKIE_SECRET": "c" * 32}
        with served(file, folder, LIMITED, variables, port=port) as server:
            answers(f"{server.address}/readyz")
            yield Site(address, issuer)


@contextlib.contextmanager
def ours(_folder: Path, _address: str) -> Iterator[str]:
    with provider.running() as started:
        started.conform = True
        yield started.issuer


@contextlib.contextmanager
def certified(folder: Path, address: str) -> Iterator[str]:
    try:
        with sign_in_of_demo.provider(folder / "provider", address) as issuer:
            yield issuer
    except DemoError as error:
        pytest.skip(f"the certified provider was not tried: {error}")


def answers(address: str) -> None:
    """Wait until there is a good answer."""
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address).close()
            return
        time.sleep(0.2)
    pytest.fail(f"{address} does not answer")


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def sign_in(tab: Page, who: str) -> None:
    tab.fill("input[name=login]", who)
    tab.fill("input[name=password]", "anything")
    tab.click("button[type=submit]")


def signed_in(tab: Page, site: Site, who: str, path: str = "/") -> None:
    tab.goto(site.address + path)
    assert tab.url.startswith(site.provider)
    sign_in(tab, who)
    expect(tab.get_by_text(f"Signed in as {who}@example.com")).to_be_visible()


def cookie_of(context: BrowserContext, site: Site) -> str:
    held = {each["name"]: each["value"] for each in context.cookies(site.address)}
    return f"{COOKIE}={held[COOKIE]}"


def test_a_link_that_was_shared_opens_after_the_sign_in(tab: Page, site: Site) -> None:
    path = f"/lookup?id={SHOP.id}&env={STAGING}"
    signed_in(tab, site, "sam", path)
    assert tab.url == site.address + path
    expect(tab.get_by_text(SHOP.name).first).to_be_visible()
    (held,) = [each for each in tab.context.cookies(site.address) if each["name"] == COOKIE]
    assert (held["secure"], held["httpOnly"], held["sameSite"]) == (True, True, "Lax")
    assert 0.49 < (held["expires"] - time.time()) / 86400 < 0.51
    assert len(held["value"]) < 150


def test_who_signs_out_is_asked_anew(tab: Page, site: Site) -> None:
    signed_in(tab, site, "lea")
    tab.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(lambda url: url.startswith(site.provider) or "/sign-in" in url)
    confirmation = tab.locator("button[name=logout]")
    if site.provider in tab.url and "/session/end" in tab.url:
        confirmation.first.click()
    tab.wait_for_selector("input[name=login]")
    assert [each for each in tab.context.cookies(site.address) if each["name"] == COOKIE] == []


def test_who_is_of_another_domain_stays_out(tab: Page, site: Site) -> None:
    tab.goto(site.address)
    sign_in(tab, "mallory")
    expect(tab.get_by_text("is of none of the domains that are admitted here")).to_be_visible()
    assert tab.url.startswith(f"{site.address}/sign-in/back")


def test_nobody_resumes_the_session_of_another(browser: Browser, site: Site) -> None:
    held: dict[str, str] = {}
    for who in ("lea", "sam"):
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        signed_in(context.new_page(), site, who)
        held[who] = cookie_of(context, site)
        context.close()

    def opened(who: str, session: str | None = None) -> Any:
        headers = {"Cookie": held[who]}
        return connect(site.address, headers, origin=site.address, session=session)

    async def tried() -> tuple[str, str, str, int]:
        async with opened("lea") as own:
            of_lea = await Visitor(own).session()
        async with opened("sam", of_lea) as other:
            of_sam = await Visitor(other).session()
        async with opened("lea", of_lea) as again:
            resumed = await Visitor(again).session()
        anonymous = connect(site.address, origin=site.address, session=of_lea)
        return of_lea, of_sam, resumed, await refused(anonymous)

    of_lea, of_sam, resumed, anonymous = run(tried())
    assert of_sam != of_lea
    assert resumed == of_lea
    assert anonymous == 401


def test_an_upload_needs_the_page_s_own_token(browser: Browser, site: Site) -> None:
    """A form of another site can bring neither the cookie nor the token."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    signed_in(context.new_page(), site, "sam")
    held = cookie_of(context, site)
    context.close()

    async def session() -> str:
        async with connect(site.address, {"Cookie": held}, origin=site.address) as own:
            return await Visitor(own).session()

    upload = f"{site.address}/_stcore/upload_file/{run(session())}/f"
    for headers in ({}, {"Cookie": held}, {"Cookie": f"{held}; _streamlit_xsrf=x"}):
        request = urllib.request.Request(
            upload, b"x", {**headers, "X-Xsrftoken": "y"}, method="PUT"
        )
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(request)
        answer.value.close()
        assert answer.value.code == (403 if headers else 401)


def of_demo(process: "subprocess.Popen[str]") -> str:
    """Read what it says until it says where it is."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"is at (http://localhost:\d+)", line):
            return found[1]
    if "sign-in needs node" in said or "npm cannot install" in said:
        pytest.skip(f"the demo's sign-in was not tried: {said}")
    raise AssertionError(said)


@pytest.mark.parametrize(
    ("who", "named", "hidden"),
    [repetition("lea", True, False), repetition("sam", False, True), ("vera", False, False)],
)
def test_the_demo_can_be_tried_with_sign_in(tab: Page, who: str, named: bool, hidden: bool) -> None:
    """What docs/operating/sign-in.md says: one command, three people, any password."""
    if not shutil.which("npm"):
        pytest.skip("npm is missing: the demo's sign-in was not tried")
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o711)
        (Path(home) / "runtime").mkdir(mode=0o700)
        variables = {"TMPDIR": home, "XDG_RUNTIME_DIR": f"{home}/runtime"}
        command = [sys.executable, "-m", "dashboard", "demo", "--sign-in", "--headless"]
        with subprocess.Popen(
            [*command, "--port", "0"],
            cwd=project_folder(),
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                tab.goto(f"{of_demo(process)}/lookup?id={SHOP.id}&env={STAGING}")
                sign_in(tab, who)
                expect(tab.get_by_text(f"Signed in as {who}@example.com")).to_be_visible()
                expect(tab.get_by_text(STAGING).first).to_be_visible()
                tab.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
                assert (tab.get_by_text(SHOP.name).count() > 0) is named
                assert (tab.get_by_text("environments you may not see").count() > 0) is hidden
            finally:
                process.send_signal(signal.SIGTERM)
        assert [*Path(home).glob("deployment-dashboard*")] == []
