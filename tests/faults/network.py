"""A network of its own, whose packets can be lost; nothing outside of it is touched."""

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000
HERE = Path("/proc/thread-self/ns/net")
NEW = "tcp flags & (syn | ack) == syn"  # what asks for a connection
SAYING = "tcp flags & psh == psh"  # what carries an answer, other than an acknowledgement
libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def own_network() -> Iterator[None]:
    """Let this thread, and what it starts, have only a loopback of their own in the block."""
    for tool in ("ip", "nft"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not there to lose packets with: install iproute2 and nftables")
    outside = os.open(HERE, os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET):
            pytest.skip("only root may have a network of its own to lose packets in")
        try:
            assert not os.path.samestat(os.fstat(outside), HERE.stat())
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            assert libc.setns(outside, CLONE_NEWNET) == 0
    finally:
        os.close(outside)


@contextlib.contextmanager
def dropped(*matches: str) -> Iterator[None]:
    """Lose the packets that one of these matches."""
    with _filtered(*(f"{match} drop" for match in matches)):
        yield


@contextlib.contextmanager
def rejected(match: str) -> Iterator[None]:
    """Answer the packets that match as a router does that lets nobody through."""
    with _filtered(f"{match} reject with icmpx admin-prohibited"):
        yield


def to(port: int) -> str:
    return f"tcp dport {port}"


def answers_of(port: int) -> str:
    return f"tcp sport {port}"


@contextlib.contextmanager
def _filtered(*rules: str) -> Iterator[None]:
    _nft("table inet faults { chain incoming { type filter hook input priority 0; }; }")
    try:
        for rule in rules:
            _nft(f"add rule inet faults incoming {rule}")
        yield
    finally:
        _nft("delete table inet faults")


def _nft(command: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=command, text=True, check=True)
