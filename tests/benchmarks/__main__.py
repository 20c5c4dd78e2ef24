"""Measure what the dashboard costs: ratios within one run, never a bare time."""

import argparse
import cProfile
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from tests.benchmarks import machine
from tests.benchmarks.groups import BY_NAME, Group, chosen
from tests.benchmarks.report import Section, heading, markdown, summary, to_json
from tests.benchmarks.stage import Options, Stage

ROWS = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
SOAK_MINUTES = 10.0
QUICK_SOAK_MINUTES = 2.0
MOST_MINUTES = 24 * 60.0


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.profile and not given.out:
        parser.error("--profile needs --out, the folder to keep it in")
    groups = chosen(given.groups)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
    usual = QUICK_SOAK_MINUTES if given.quick else SOAK_MINUTES
    options = Options(given.quick, ROWS[given.rows], given.minutes or usual, given.beside)
    about = {**machine.described(), "repetitions": "quick" if given.quick else "thorough"}
    sections: list[Section] = []
    with Stage(options) as stage:
        for group in groups:
            sections += Run(group, stage, about, given.out).take(profiled=given.profile)
    if said := "\n".join(summary(sections)):
        _say(f"# Targets\n\n{said}\n")


def _parser() -> Parser:
    parser = Parser(prog="./run bench", description=__doc__)
    parser.add_argument("groups", nargs="*", type=_group, metavar="GROUP", help=", ".join(BY_NAME))
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--rows", choices=ROWS, default="1M", help="projects in each environment")
    parser.add_argument(
        "--minutes", type=minutes, help=f"of the soak; {SOAK_MINUTES:g} if not given"
    )
    parser.add_argument(
        "--beside",
        type=lambda text: Path(text).resolve(),
        metavar="FOLDER",
        help="of scale: another working copy, measured too",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep JSON and Markdown there")
    parser.add_argument(
        "--profile", action="store_true", help="with --out: keep a profile of the main thread, too"
    )
    return parser


def _group(name: str) -> str:
    if name not in BY_NAME:
        raise argparse.ArgumentTypeError(f"there is no {name!r}, only {', '.join(BY_NAME)}")
    return name


def minutes(text: str) -> float:
    number = float(text)
    if not 0 < number <= MOST_MINUTES:
        raise argparse.ArgumentTypeError("it is more than 0 and at most a day")
    return number


class Run:
    """One group: told as it goes, and kept in a folder if there is one."""

    def __init__(
        self, group: Group, stage: Stage, about: dict[str, str], folder: Path | None
    ) -> None:
        self._group = group
        self._stage = stage
        self._about = about
        self._folder = folder

    def take(self, *, profiled: bool) -> list[Section]:
        profile = cProfile.Profile() if profiled and self._folder else None
        _say(self._heading)
        sections: list[Section] = []
        for section in self._measured(profile):
            _say(markdown(section))
            sections.append(section)
            self._keep(sections)  # each at once: a long run may be cut short
        if profile and self._folder:
            profile.dump_stats(self._folder / f"{self._group.name}.profile")
        return sections

    @property
    def _heading(self) -> str:
        return heading(self._about, self._group.name, self._group.asks)

    def _measured(self, profile: cProfile.Profile | None) -> Iterable[Section]:
        if profile is None:
            return self._group.measure(self._stage)
        return profile.runcall(lambda: list(self._group.measure(self._stage)))

    def _keep(self, sections: Sequence[Section]) -> None:
        if self._folder is None:
            return
        path = self._folder / self._group.name
        text = "\n".join([self._heading, *map(markdown, sections)])
        content = {"about": self._about, "sections": [to_json(each) for each in sections]}
        path.with_suffix(".md").write_text(text, encoding="utf-8")
        path.with_suffix(".json").write_text(json.dumps(content, indent=1), encoding="utf-8")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
