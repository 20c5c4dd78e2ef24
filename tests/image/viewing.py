"""A viewer without a browser: opens a page, and keeps it open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.image.containers import ADDRESS

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page's script sent, as text, and how it ended."""

    text: str
    succeeded: bool


@contextmanager
def viewing(page: str, query: str = "") -> Iterator[Drawn]:
    address = ADDRESS.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None) as socket:
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = query
        socket.send(asked.SerializeToString())
        yield _drawn(socket)


def _drawn(socket: ClientConnection) -> Drawn:
    messages: list[ForwardMsg] = []
    while not messages or messages[-1].WhichOneof("type") != "script_finished":
        messages.append(ForwardMsg.FromString(socket.recv(PATIENCE_S, decode=False)))
    ended = messages[-1].script_finished
    # an exception is an element of its own, drawn by a script that ends as usual
    broken = any(each.delta.new_element.HasField("exception") for each in messages)
    text = "\n".join(map(str, messages))
    return Drawn(text, ended == ForwardMsg.FINISHED_SUCCESSFULLY and not broken)
