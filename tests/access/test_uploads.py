"""Nobody fills the memory, and a file that is not too large goes through."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send

from dashboard.access import uploads
from dashboard.access.uploads import UploadLimits
from tests.access.running import Reached, run, silent

MB = 1024**2


class Kept:
    """Keeps what arrives, as Streamlit does, and counts what it would have read."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        await self.go.wait()
        session = scope["path"].split("/")[3]
        self.held[session] = self.held.get(session, 0) + int(
            dict(scope["headers"])[b"content-length"]
        )


def scope(session: str, mb: int | str, address: str = "10.0.0.1", method: str = "PUT") -> Scope:
    length = str(mb * MB if isinstance(mb, int) else mb)
    return {
        "type": "http",
        "method": method,
        "path": f"/_stcore/upload_file/{session}/f",
        "client": (address, 1),
        "headers": [(b"content-length", length.encode())] if length else [],
    }


def uploaded(limits: UploadLimits, asked: Scope) -> int | None:
    reached = Reached()
    run(limits(asked, silent, reached.send))
    return reached.status


def test_forty_files_of_one_address_are_not_all_kept() -> None:
    kept = Kept()
    limits = UploadLimits(kept, lambda: kept.held)
    answers = [uploaded(limits, scope(f"s{number % 30}", 200)) for number in range(40)]
    assert answers == [None] * 2 + [429] * 38
    assert sum(kept.held.values()) <= uploads.EACH_BYTES


def test_all_addresses_together_have_a_limit() -> None:
    kept = Kept()
    limits = UploadLimits(kept, lambda: kept.held)
    for number in range(40):
        uploaded(limits, scope(f"s{number}", 200, f"10.0.0.{number}"))
    assert sum(kept.held.values()) <= uploads.ALL_BYTES


def test_what_is_on_its_way_counts() -> None:
    kept = Kept()
    limits = UploadLimits(kept, lambda: kept.held)

    async def together() -> list[int | None]:
        kept.go.clear()
        reached = [Reached() for _ in range(10)]
        asked = [
            asyncio.create_task(limits(scope(f"s{place}", 200), silent, each.send))
            for place, each in enumerate(reached)
        ]
        await asyncio.sleep(0.01)
        kept.go.set()
        await asyncio.gather(*asked)
        return [each.status for each in reached]

    assert run(together()).count(None) == 2


def test_there_is_room_again_once_a_page_is_left() -> None:
    kept = Kept()
    limits = UploadLimits(kept, lambda: kept.held)
    assert [uploaded(limits, scope("a", 200)) for _ in range(3)] == [None, None, 429]
    kept.held.clear()
    assert uploaded(limits, scope("b", 200)) is None
    assert limits._sessions.keys() <= {"a", "b"}


def test_a_failed_upload_leaves_nothing_behind() -> None:
    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ConnectionError

    limits = UploadLimits(failing, dict)

    async def tried() -> Any:
        return await asyncio.gather(
            *(limits(scope("a", 200), silent, Reached().send) for _ in range(9)),
            return_exceptions=True,
        )

    run(tried())
    assert not limits._coming


def test_a_length_must_be_told() -> None:
    """What is sent in chunks could be of any size."""
    for length in ("", "-1", "1e9", "²"):
        assert uploaded(UploadLimits(Kept(), dict), scope("a", length)) == 411


def test_one_file_that_is_too_large_is_told_so() -> None:
    assert uploaded(UploadLimits(Kept(), dict), scope("a", 600)) == 413


def test_only_uploads_are_looked_at() -> None:
    reached = Reached()
    limits = UploadLimits(reached, dict)
    run(limits(scope("a", 9999, method="DELETE"), silent, reached.send))
    run(limits({"type": "websocket", "path": "/_stcore/upload_file/"}, silent, reached.send))
    assert len(reached.scopes) == 2
