"""What the gate tells a page of who looks on, so that nobody else can.

A header of the handshake is all that reaches a page. It is signed with a key of this process: a
page that runs without the gate believes no header.
"""

import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import quote

from dashboard.access.viewer import Identity

OURS = b"x-dashboard-"  # how the names of such headers begin
USER = "X-Dashboard-User"  # Streamlit gives a session back to whoever it began with
IDENTITY = "X-Dashboard-Identity"
_KEY = secrets.token_bytes(32)


def headers(identity: Identity) -> list[tuple[bytes, bytes]]:
    content = json.dumps([identity.user, sorted(identity.groups), min(identity.until, 1e12)])
    return [
        (USER.lower().encode(), quote(identity.user, safe="@").encode()),
        (IDENTITY.lower().encode(), f"{_signature(content)} {content}".encode()),
    ]


def identity_of(header: str | None) -> Identity | None:
    """Read what the gate told; None where it told nothing, or it holds no more."""
    signature, _, content = (header or "").partition(" ")
    if not hmac.compare_digest(signature.encode(), _signature(content).encode()):
        return None
    user, groups, until = json.loads(content)
    return Identity(user, frozenset(groups), until) if until > time.time() else None


def _signature(content: str) -> str:
    return hmac.new(_KEY, content.encode(), hashlib.sha256).hexdigest()
