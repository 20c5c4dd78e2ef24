"""The questions of the pages, asked from a terminal: answers as text or JSON, and exit status."""

import argparse
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard import __version__
from dashboard.diagnose.finding import Finding, Severity
from dashboard.environments import Environment
from dashboard.redaction import redact
from dashboard.settings import Settings, SettingsError, load, project_folder, running
from dashboard.settings.problems import nearest

if TYPE_CHECKING:  # each command imports its own: most of what starting takes is imports
    from dashboard.collect.collector import Collector
    from dashboard.diagnose.health.report import HealthReport
    from dashboard.diagnose.lookup.evidence import Evidence, Placed
    from dashboard.diagnose.lookup.proof import Proof
    from dashboard.diagnose.nouns import Nouns

OK, FOUND, USAGE, UNKNOWN, INTERNAL = 0, 1, 2, 3, 4
FORMATS = ("text", "json", "markdown", "junit")
COMMANDS = "demo | serve | lookup | check | doctor | mcp | alert | audit"
FEW = 5  # ids that a whole text is printed about; of more it would be a line each
EXIT_STATUS = {
    Severity.OK: OK,
    Severity.INFO: OK,
    Severity.WARNING: FOUND,
    Severity.ERROR: FOUND,
    Severity.UNKNOWN: UNKNOWN,
}
PLACED_STATUS = {"found": OK, "absent": FOUND, "unknown": UNKNOWN}


class UsageError(Exception):
    """What was asked cannot be asked; the message says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _answered(options)
    except UsageError as error:
        print(error, file=sys.stderr)
    except SettingsError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # whoever read the answer has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception:  # noqa: BLE001  # the last resort: a bug is shown, as its own exit status
        print(redact(traceback.format_exc(), frozenset()), file=sys.stderr)
        print("This is a bug in the dashboard, not in your input.", file=sys.stderr)
        return INTERNAL
    return USAGE


def _answered(options: argparse.Namespace) -> int:
    status = int(options.run(options))
    sys.stdout.flush()  # what is not taken is noticed here, not when all has ended
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Why does an insert fail with a foreign-key error?",
    )
    version = f"deployment-dashboard {__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar=COMMANDS)
    demo = commands.add_parser("demo", help="embedded PostgreSQL, seeded environments, dashboard")
    demo.add_argument("--port", type=_port, default=8501, help="another one is taken when in use")
    demo.add_argument("--headless", action="store_true", help="do not open a browser")
    demo.add_argument(
        "--handed-over", action="store_true", help="show migrations on their way to Prisma 8"
    )
    demo.add_argument(
        "--sign-in", action="store_true", help="behind a sign-in, as three people; needs node"
    )
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="the dashboard on the configured environments")
    serve.add_argument("--port", type=_port, default=8501)
    serve.add_argument("--config", type=Path, help="read this in place of secrets.toml")
    serve.set_defaults(run=_serve)
    for add in (_add_lookup, _add_check, _add_doctor, _add_mcp, _add_alert, _add_audit):
        add(commands)
    return parser


def _add_lookup(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("lookup", help="judge an ID, a URL or a whole error")
    parser.add_argument(
        "text", nargs="+", help='ID, several IDs, URL or whole error; "-" reads standard input'
    )
    parser.add_argument(
        "--target", help="the environment deployed to; else the one whose address is in the text"
    )
    parser.add_argument("--config", type=Path, help="read this in place of secrets.toml")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--prove", action="store_true", help="replay the failure in a throw-away database"
    )
    _add_mask(parser)
    parser.set_defaults(run=_lookup)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("check", help="judge the environments themselves")
    parser.add_argument(
        "--environment", action="append", metavar="ENV", help="only this one; may be repeated"
    )
    parser.add_argument("--config", type=Path, help="read this in place of secrets.toml")
    parser.add_argument("--format", action="append", dest="formats", choices=FORMATS)
    parser.add_argument(
        "--json", action="append_const", dest="formats", const="json", help="--format json"
    )
    parser.add_argument(
        "--fail-level", choices=("warning", "error"), default="warning",
        help="exit with 1 from this severity on",
    )  # fmt: skip
    parser.add_argument(
        "--allow-unknown", action="store_true", help="do not fail for what could not be asked"
    )
    parser.add_argument(
        "--no-rehearsal", action="store_true", help="run no migration on a throw-away database"
    )
    _add_mask(parser)
    parser.set_defaults(run=_check)


def _add_mask(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--mask", action="store_true", help="leave out names and owners, for tickets and CI logs"
    )


def _add_doctor(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("doctor", help="what is configured, reachable and readable")
    parser.add_argument(
        "--grants", action="store_true", help="print the SQL that lets the role read all it needs"
    )
    parser.add_argument("--config", type=Path, help="read this in place of secrets.toml")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=_doctor)


def _add_mcp(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("mcp", help="two read-only tools for parser, over stdio")
    parser.add_argument("--config", type=Path, help="read this in place of secrets.toml")
    parser.add_argument("--names", action="store_true", help="tell names of rows, too")
    parser.set_defaults(run=_mcp)


def _add_alert(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("alert", help="can people be told what turns bad?")
    parser.add_argument("--test", action="store_true", required=True, help="send a test message")
    parser.add_argument("--route", metavar="NAME", help="on this route alone")
    parser.add_argument("--config", type=Path, help="read this in place of secrets.toml")
    parser.set_defaults(run=_alert)


def _add_audit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("audit", help="has somebody changed what the audit wrote?")
    parser.add_argument("action", choices=("verify",))
    parser.add_argument("file", type=Path, nargs="+", help="the oldest first")
    parser.set_defaults(run=_audit)


def _port(text: str) -> int:
    """Read a port; 0 lets the demo take any."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number up to 65535")
    return int(text)


def _demo(options: argparse.Namespace) -> int:
    from dashboard.demo.command import Wanted, run  # only a demo needs what a demo is made of

    return run(options.port, Wanted(options.headless, options.handed_over, options.sign_in))


def _serve(options: argparse.Namespace) -> int:
    settings = load(options.config)
    _require_environments(settings)
    _require_free(options.port)
    command = [
        *(sys.executable, "-m", "streamlit", "run", "dashboard/asgi.py"),
        f"--server.port={options.port}",
    ]
    variables = dict(os.environ)
    if settings.source:
        variables["DASHBOARD_CONFIG"] = str(settings.source)
    if settings.access.guarded:  # else a client of a proxy could claim the proxy's own address
        variables.setdefault("FORWARDED_ALLOW_IPS", "")
    server = subprocess.Popen(command, cwd=project_folder(), env=variables)  # noqa: S603  # our own
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: server.send_signal(received))
    status = server.wait()
    return OK if -status in (signal.SIGTERM, signal.SIGINT) else status  # told to stop, and did


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UsageError(f"Port {port} is in use: choose another with --port.") from None


def _lookup(options: argparse.Namespace) -> int:
    from dashboard.collect.lookup.given import TooMuchError, read_text

    settings = _configured_with_warnings(options.config)
    asked = _environment(settings, options.target) if options.target else None
    text = _given(options.text)
    try:
        pastes = read_text(text, settings)
    except TooMuchError as error:
        raise UsageError(str(error)) from None
    with _collector(settings, options) as collector:
        target = asked or collector.meant(text)
        if target is None:
            return answer_placed(collector.placed_all(pastes), as_json=options.json)
        seen = collector.evidence_of_all(pastes, target)
        proofs = _proven(collector, seen) if options.prove else None
    return answer(seen, proofs, as_json=options.json)


def _proven(collector: "Collector", seen: Sequence["Evidence"]) -> "list[Proof | None]":
    """Put each verdict to the proof, and wait no longer than somebody would."""
    from dashboard.background.proofs import Proofs, of_all
    from dashboard.collect.proving import Prover
    from dashboard.diagnose.lookup.claims import claim_of
    from dashboard.diagnose.lookup.many import headlines

    claims = list(map(claim_of, seen, headlines(seen)))
    with contextlib.closing(Proofs(Prover(collector.settings, collector.fleet))) as proofs:
        return of_all(proofs, claims)


@contextlib.contextmanager
def _collector(settings: Settings, options: argparse.Namespace) -> Iterator["Collector"]:
    from dashboard.collect.collector import Collector

    with contextlib.closing(Collector(settings)) as collector:
        if options.mask:
            from dashboard.collect.restricted import without_names

            collector = without_names(collector)
        yield collector


def _given(texts: Sequence[str]) -> str:
    """Take standard input, or the arguments as a list."""
    from dashboard.collect.lookup.given import MOST_CHARACTERS

    return sys.stdin.read(MOST_CHARACTERS + 1) if texts == ["-"] else "\n".join(texts)


def answer(
    seen: Sequence["Evidence"], proofs: Sequence["Proof | None"] | None = None, *, as_json: bool
) -> int:
    """Print the verdicts, and give the exit status of the gravest."""
    proven = proofs or [None] * len(seen)
    verdicts = _print_json(seen, proven) if as_json else _print_text(seen, proven)
    return max(
        (EXIT_STATUS[verdict.severity] for verdict in verdicts), key=(OK, FOUND, UNKNOWN).index
    )


def answer_placed(placed: Sequence["Placed"], *, as_json: bool) -> int:
    """Print where the ids exist; found is 0, nowhere 1, and not known 3."""
    from dashboard import terminal
    from dashboard.diagnose import words
    from dashboard.diagnose.lookup.report import placed_to_json, placed_to_text

    sentences = [words.line(each.sentence) for each in placed]
    if as_json:
        print(*sentences, sep="\n", file=sys.stderr)
        _print_objects([placed_to_json(each) for each in placed])
    else:
        texts = map(placed_to_text, placed) if len(placed) <= FEW else sentences
        print("\n\n".join(map(terminal.painted, texts)))
    return max((PLACED_STATUS[each.state] for each in placed), key=(OK, FOUND, UNKNOWN).index)


def _print_objects(results: Sequence[object]) -> None:
    print(json.dumps(results[0] if len(results) == 1 else {"results": results}, indent=2))


def _check(options: argparse.Namespace) -> int:
    from dashboard.collect.health.inspection import check

    form = _format(options.formats)
    settings = _configured_with_warnings(options.config)
    wanted = options.environment
    asked = tuple(_environment(settings, name) for name in wanted) if wanted else None
    with _collector(settings, options) as collector:
        checkup = check(collector, asked, rehearsed=not options.no_rehearsal)
        nouns = collector.nouns
    failing = {Severity.ERROR, Severity.UNKNOWN, Severity.WARNING}
    if options.allow_unknown:
        failing.discard(Severity.UNKNOWN)
    if options.fail_level == "error":
        failing.discard(Severity.WARNING)
    _print_check(checkup, form, nouns, failing)
    return _status(checkup.statuses & failing)


def _print_check(
    checkup: "HealthReport", form: str, nouns: "Nouns", failing: Set[Severity]
) -> None:
    from dashboard import terminal
    from dashboard.diagnose.health import printed
    from dashboard.diagnose.health.junit import to_junit
    from dashboard.diagnose.health.report import to_json

    match form:
        case "json":
            print(json.dumps(to_json(checkup), indent=2))
        case "junit":
            print(to_junit(checkup, nouns, failing))
        case "markdown":
            print(printed.to_markdown(checkup), end="")
        case _:
            print(terminal.painted(printed.to_text(checkup)))


def _format(given: Sequence[str] | None) -> str:
    """Take the one form that was asked for, however often."""
    forms = dict.fromkeys(given or ("text",))
    if len(forms) > 1:
        from dashboard.diagnose import words

        raise UsageError(f"One format at a time: choose {words.listed([*forms])}, not both.")
    return next(iter(forms))


def _mcp(options: argparse.Namespace) -> int:
    settings = _configured_with_warnings(options.config)
    try:
        from dashboard.api import mcp  # an extra, which nothing else needs
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == "mcp":
            why = "Assistants need an extra: ./run mcp installs it, from requirements-extra.txt."
            raise UsageError(why) from None
        raise
    mcp.serve(settings, names=options.names)
    return OK


def _alert(options: argparse.Namespace) -> int:
    """Send a test on each route, and say of each place whether it was taken."""
    from dashboard.background import alerting, delivery  # what nothing else here needs

    settings = _configured(options.config)
    if not settings.alerts.routes:
        raise UsageError("No route is configured: add an [[alerts.route]] with a name and a url.")
    if mistakes := [*delivery.mistakes(settings.alerts)]:
        raise SettingsError(*mistakes)
    routes = [each for each in settings.alerts.routes if options.route in (None, each.name)]
    if not routes:
        from dashboard.diagnose import words

        known = words.listed([each.name for each in settings.alerts.routes])
        raise UsageError(f"Unknown route {options.route!r}. Configured: {known}.")
    all_taken = True
    for route in routes:
        for number, taken in enumerate(alerting.try_out(route), start=1):
            which = f" ({number} of {len(route.urls)})" if len(route.urls) > 1 else ""
            said = "delivered" if taken else "not delivered: refused, or nobody answered"
            print(f"{route.name}{which}: {said}")
            all_taken = all_taken and taken
    return OK if all_taken else FOUND


def _audit(options: argparse.Namespace) -> int:
    """Follow the lines of all files as if they were one: a rotated log goes on in the next."""
    from dashboard.access import chain

    with contextlib.ExitStack() as opened:
        try:
            files = [
                opened.enter_context(each.open(encoding="utf-8", errors="replace"))
                for each in options.file
            ]
        except OSError as error:
            raise UsageError(f"{error.filename} cannot be read: {error.strerror}.") from None
        found = chain.verify(itertools.chain.from_iterable(files))
    if isinstance(found, chain.Broken):
        print(f"Line {found.line} was changed, or one before it removed: {found.why}.")
        return FOUND
    print(chain.words(found))
    return OK if found.lines else UNKNOWN


def _status(severities: Set[Severity]) -> int:
    """Give the exit status: an error is found for sure, whatever could not be asked."""
    if Severity.ERROR in severities:
        return FOUND
    if Severity.UNKNOWN in severities:
        return UNKNOWN
    return FOUND if Severity.WARNING in severities else OK


def _doctor(options: argparse.Namespace) -> int:
    from dashboard import terminal
    from dashboard.collect.collector import Collector
    from dashboard.collect.doctor import examine
    from dashboard.diagnose import doctor

    settings = _configured(options.config)
    with contextlib.closing(Collector(settings)) as collector:
        report = examine(collector)
    if options.json:
        print(json.dumps(doctor.to_json(report), indent=2))
    else:
        painted = terminal.painted(doctor.to_text(report))
        print(doctor.grants_text(report) if options.grants else painted)
    return _status(report.severities)


def _configured_with_warnings(config: Path | None) -> Settings:
    settings = _configured(config)
    for warning in settings.warnings:
        print(warning, file=sys.stderr)
    return settings


def _configured(config: Path | None) -> Settings:
    """Read what is configured; where nothing is, what a running demo is configured with."""
    settings = load(config)
    if config is None and not settings.databases:
        settings = load(running.newest())
    _require_environments(settings)
    return settings


def _require_environments(settings: Settings) -> None:
    if not settings.databases:
        where = settings.source or ".streamlit/secrets.toml"
        raise UsageError(
            f"No environment is configured in {where}: add a [connections.NAME] table with a url, "
            "or start ./run demo to try the dashboard on seeded databases."
        )


def _environment(settings: Settings, name: str) -> Environment:
    if name in settings.databases:
        return settings.databases[name].environment
    meant = nearest(name, settings.databases)
    advice = f" Did you mean {meant}?" if meant else ""
    known = ", ".join(settings.databases)
    raise UsageError(f"Unknown environment {name!r}. Configured: {known}.{advice}")


def _print_text(seen: Sequence["Evidence"], proofs: Sequence["Proof | None"]) -> list[Finding]:
    """Print everything about a few ids, and a line for each of many."""
    from dashboard import terminal
    from dashboard.diagnose.lookup import digest
    from dashboard.diagnose.lookup.many import headlines
    from dashboard.diagnose.lookup.report import to_text
    from dashboard.diagnose.lookup.verdicts import diagnose

    if len(seen) > FEW:
        judged = list(zip(seen, headlines(seen), strict=True))
        print(digest.to_text(judged))
        return [verdict for _, verdict in judged]
    diagnoses = [diagnose(evidence) for evidence in seen]
    verdicts = [diagnosis.verdict for diagnosis in diagnoses]
    texts = (to_text(*each) for each in zip(seen, diagnoses, proofs, strict=True))
    severities = (each.severity for each in verdicts)
    print("\n\n".join(map(terminal.painted, texts, severities)))
    return verdicts


def _print_json(seen: Sequence["Evidence"], proofs: Sequence["Proof | None"]) -> list[Finding]:
    """Print one object; of many ids each in a line of its own, and counts for people."""
    from dashboard.diagnose import words
    from dashboard.diagnose.lookup import digest
    from dashboard.diagnose.lookup.report import to_json
    from dashboard.diagnose.lookup.verdicts import diagnose

    diagnoses = [diagnose(evidence) for evidence in seen]
    objects = (to_json(*each) for each in zip(seen, diagnoses, proofs, strict=True))
    verdicts = [diagnosis.verdict for diagnosis in diagnoses]
    if len(seen) > FEW:
        print(digest.counts(list(zip(seen, verdicts, strict=True))), file=sys.stderr)
        print('{"results": [', ",\n".join(json.dumps(each) for each in objects), "]}", sep="\n")
        return verdicts
    print(*(words.line(verdict.summary) for verdict in verdicts), sep="\n", file=sys.stderr)
    _print_objects(list(objects))
    return verdicts
