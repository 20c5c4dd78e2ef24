"""Sign-in for the demo: the certified OpenID provider from npm, on this machine, and three people.

It needs node; what npm installs lies beside the demo's databases, and goes with them.
"""

import contextlib
import secrets
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from dashboard.demo import DemoError
from dashboard.postgres.cluster import free_port
from dashboard.postgres.processes import end_with_parent, forking

SOURCES = Path(__file__).with_name("provider")
CLIENT, SECRET = "dashboard", "not-a-secret-outside-tests"
PEOPLE = {
    "lea": "everything, names too; scans and asks anew",
    "sam": "local and staging, with lists of rows, without names",
    "vera": "counts, statuses and verdicts",
}
GRANTS = """
[[access.grant]]
who = ["group:leads"]
level = "admin"
names = true
[[access.grant]]
who = ["group:support"]
level = "support"
environments = ["local", "staging"]
[[access.grant]]
who = ["vera@example.com"]
level = "viewer"
"""
START_LIMIT_S = 30.0


@contextlib.contextmanager
def provider(folder: Path, address: str) -> Iterator[str]:
    """Install it in a folder and run it for a dashboard at an address; yield its own."""
    node = _installed(folder)
    port = free_port()
    with forking():
        running = subprocess.Popen(
            [node, "provider.mjs", str(port), address],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent(),
            start_new_session=True,
        )
    try:
        issuer = f"http://localhost:{port}"
        _wait(running, f"{issuer}/.well-known/openid-configuration")
        yield issuer
    finally:
        running.terminate()
        running.wait()


def configuration(address: str, issuer: str, grants: str = GRANTS) -> str:
    """Word [access] for a dashboard at an address, which people sign in to at that provider."""
    return f"""
[access]
mode = "oidc"
[access.oidc]
public_url = "{address}"
metadata_url = "{issuer}/.well-known/openid-configuration"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
secrets = ["{secrets.token_hex(32)}"]
domains = ["example.com"]
scope = "openid email profile groups"
prompt = "login"
{grants}"""


def _installed(folder: Path) -> str:
    """Let npm install what the lock names; return where node is."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise DemoError("The demo's sign-in needs node and npm, which are not there.")
    shutil.copytree(SOURCES, folder)
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"npm cannot install the demo's sign-in: {done.stderr[-300:].strip()}")
    return node


def _wait(running: "subprocess.Popen[bytes]", address: str) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and running.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310  # our own
            return
        time.sleep(0.1)
    raise DemoError("The demo's sign-in did not start.")
