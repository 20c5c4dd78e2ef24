"""Text for tickets: nothing in it is markup but what is meant as such."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.finding import Command
from queries import patterns

# in a line of prose; a name's underscores, a colon or a bracket's end do nothing
_MARKUP = patterns.lazy(
    r"[`*~\[$]|^[#>+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|\\(?=[!-/:-@\[-`{-~])|(?<![^\W_])_|_(?![^\W_])"
    r"|<(?=[A-Za-z/!?])|&(?=#?\w+;)|@(?=\w)|(?<!\w):(?=[\w+-]+:)"
)


def escape(text: str) -> str:
    """Escape what would act as markup, and leave alone what would not: a person may read it."""
    return _MARKUP.sub(r"\\\g<0>", words.line(text).strip())


def bullets(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n**{title}**\n"
        yield from (f"- {escape(line)}" for line in lines)


def numbered(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"{number}. {escape(line)}" for number, line in enumerate(lines, start=1))


def fenced(command: Command) -> str:
    """Fence a command so that no backticks inside can end the fence."""
    fence = "`" * max(3, _longest_run(command.text, "`") + 1)
    return f"{fence}{command.language}\n{command.text}\n{fence}"


def _longest_run(text: str, character: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == character else 0
        longest = max(longest, run)
    return longest
