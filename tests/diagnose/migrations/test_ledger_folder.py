"""Checksums, the lock file and the folder's order, exactly as Prisma has them."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.diagnose.migrations.folder import Folder, Majority, Script, matches, provider
from tests.diagnose.migrations.ledgers import Real, checksum, real

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("applied", "now", "same"),
    [
        (b"a;\nb;\n", b"a;\nb;\n", True),
        (b"a;\nb;\n", b"a;\r\nb;\r\n", True),
        (b"a;\r\nb;\r\n", b"a;\nb;\n", True),
        (b"a;\nb;\n", b"a;\r\nb;\n", True),  # a mixed file becomes one of LF
        (b"a;\r\nb;\n", b"a;\nb;\n", False),  # but is made from none
        (b"a;\rb;", b"a;\nb;", False),
        (b"a;\r\r\nb;\n", b"a;\r\nb;\n", False),
        (b"a;\r\r\nb;\r\n", b"a;\r\nb;\n", True),  # each LF gets a CR, even one that has it
        (b"a;\n", b"a;", False),
        (b"a;", b"a; ", False),
        (b"a;", b"-- why\na;", False),
        (b"a;", BOM + b"a;", False),
        (BOM + b"a;", BOM + b"a;", True),
        (b"", b"", True),
    ],
)
def test_what_counts_as_the_same_text(applied: bytes, now: bytes, same: bool) -> None:
    assert matches(checksum(applied), now) is same


def test_bytes_that_are_not_utf_8_are_read_as_replacements() -> None:
    assert matches(checksum("a\N{REPLACEMENT CHARACTER}b".encode()), b"a\xffb")
    assert not matches(checksum(b"a\xffb"), b"a\xffb")
    assert matches(checksum("ä\N{REPLACEMENT CHARACTER}".encode()), "ä".encode() + b"\xe2\x82")


def unpadded(text: bytes) -> str:
    return "".join(f"{byte:x}" for byte in sha256(text).digest())


def test_hex_of_very_old_engines_has_no_leading_zeros() -> None:
    text = next(b"%d" % n for n in range(100) if len(unpadded(b"%d" % n)) < 64)
    assert matches(unpadded(text), text)
    assert matches(checksum(text), text)
    assert not matches(unpadded(text), text + b"\n")


@pytest.mark.parametrize("recorded", ["", checksum(b"a").upper(), checksum(b"a")[:-1], "x" * 64])
def test_what_never_matches(recorded: str) -> None:
    assert not matches(recorded, b"a")


@given(st.binary(max_size=40))
def test_a_text_matches_its_own_checksum_as_it_is_read(text: bytes) -> None:
    read = text.decode("utf-8", "replace").encode()
    assert matches(checksum(read), text)
    assert not matches(checksum(read + b"x"), text)


@pytest.mark.parametrize(
    ("lock_file", "read"),
    [
        ('# comment\nprovider = "postgresql"\n', "postgresql"),
        ('provider = "postgresql"\r\n', "postgresql"),
        ('provider = "mysql"\nprovider = "postgresql"', "mysql"),
        (' provider = "postgresql"', "<PROVIDER NOT FOUND>"),
        ("", "<PROVIDER NOT FOUND>"),
        ('provider="postgresql"', 'provider="postgresql'),
        ('provider = "postgresql" ', 'postgresql" '),
    ],
)
def test_the_lock_file_is_read_line_by_line(lock_file: str, read: str) -> None:
    assert provider(lock_file) == read
    assert Folder.of({}, lock_file).provider == read


def test_no_lock_file_is_no_provider() -> None:
    assert Folder.of({}).provider is None


def test_the_folder_is_in_the_order_of_its_bytes() -> None:
    names = ["2_b", "10_a", "2_B", "2_ä", "2__", "2_\U0001f600", "2_\uffff"]
    ordered = [script.name for script in Folder.of(dict.fromkeys(names, b"")).scripts]
    assert ordered == sorted(names, key=str.encode)


def test_what_a_script_knows() -> None:
    assert Script.of("a", None).broken
    assert not Script.of("a", b"").broken
    assert Majority(("b", "a")).scripts == (Script("a"), Script("b"))
    assert Script("a").matches("whatever")
    assert not Script.of("a", b"x").matches("whatever")


@pytest.mark.parametrize("situation", real(), ids=lambda each: each.name)
def test_checksums_of_real_folders(situation: Real) -> None:
    """The fixtures' own sha256 and that of the texts they hold are one."""
    seen = situation.seen
    assert seen["folder"]
    for stored in seen["folder"]:
        assert matches(stored["sha256"], seen["scripts"][stored["name"]].encode())
