"""What the source itself says of every finding it can make, read from its syntax trees."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dashboard.diagnose.orphans import KINDS
from dashboard.settings import project_folder

SOURCE = project_folder() / "dashboard" / "diagnose"


@dataclass(frozen=True, slots=True)
class Emission:
    """One place that makes a finding of this code, as far as it is written out there."""

    code: str
    severities: frozenset[str]
    confidences: frozenset[str]
    causes: frozenset[int]
    options: frozenset[int]


class Module:
    """A module, and the functions in it that others call to make or to mend something."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {
            node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)
        }

    @property
    def makes_findings(self) -> bool:
        return any(calls(self.tree, "Finding"))

    @property
    def speakers(self) -> Mapping[str, ast.Call]:
        """The functions that are told the code of the finding they make."""
        return {
            name: call
            for name, function in self.functions.items()
            for call in calls(function, "Finding")
            if not isinstance(keyword(call, "code"), ast.Constant)
        }

    def options(self, node: ast.AST | None, seen: frozenset[str] = frozenset()) -> Iterator[int]:
        """Yield the runbook's options of the fixes that an expression makes."""
        for call in [each for each in ast.walk(node) if isinstance(each, ast.Call)] if node else ():
            option = keyword(call, "option")
            if isinstance(option, ast.Constant) and isinstance(option.value, int):
                yield option.value
            called = ast.unparse(call.func)
            if called in self.functions and called not in seen:
                yield from self.options(self.functions[called], seen | {called})
            elif called.startswith(("fixes.", "options.", "copying.")):
                module, _, function = called.partition(".")
                yield from RECIPES[module].options(RECIPES[module].functions[function])


RECIPES = {
    "fixes": Module(SOURCE / "fixes.py"),
    "copying": Module(SOURCE / "lookup" / "copying.py"),
    "options": Module(SOURCE / "lookup" / "options.py"),
}


def kinds_of_orphans() -> Iterator[Emission]:
    """A kind of orphans is documented as a finding: of its severity, or unknown if not counted."""
    for kind in KINDS:
        yield Emission(
            code=kind.code,
            severities=frozenset({kind.severity.value, "unknown"}),
            confidences=frozenset({"certain", "likely"}),
            causes=frozenset(),
            options=frozenset(),
        )


def emissions() -> Iterator[Emission]:
    yield from kinds_of_orphans()
    for path in sorted(SOURCE.rglob("*.py")):
        module = Module(path)
        for values in findings(module):
            yield Emission(
                code=literal(values["code"], path),
                severities=members(values["severity"], "Severity"),
                confidences=members(values.get("confidence"), "Confidence")
                or frozenset({"certain"}),
                causes=frozenset(integers(values.get("cause"))),
                options=frozenset(
                    [
                        *module.options(values.get("fix")),
                        *module.options(values.get("alternatives")),
                    ]
                ),
            )


def findings(module: Module) -> Iterator[Mapping[str, ast.expr]]:
    """Yield what each finding is made of: its own keywords, or those of whoever makes it."""
    for call in calls(module.tree, "Finding"):
        if call not in module.speakers.values():
            yield keywords(call)
    for name, made in module.speakers.items():
        for call in calls(module.tree, name):
            given = {**defaults(module.functions[name]), **arguments(call, module.functions[name])}
            own = {
                key: given.get(value.id, value) if isinstance(value, ast.Name) else value
                for key, value in keywords(made).items()
            }
            yield {**own, **keywords(call)}


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {each.arg: each.value for each in call.keywords if each.arg}


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return keywords(call).get(name)


def arguments(call: ast.Call, function: ast.FunctionDef) -> dict[str, ast.expr]:
    names = [each.arg for each in function.args.args]
    return {**dict(zip(names, call.args, strict=False)), **keywords(call)}


def defaults(function: ast.FunctionDef) -> dict[str, ast.expr]:
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return {argument.arg: value for argument, value in pairs if value}


def literal(value: ast.expr, path: Path) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    raise AssertionError(f"{path.name}:{value.lineno}: the code of a finding is not written out")


def members(value: ast.expr | None, enumeration: str) -> frozenset[str]:
    """Find every member of the enumeration that an expression names."""
    nodes = ast.walk(value) if value else ()
    return frozenset(
        node.attr.lower()
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == enumeration
    )


def integers(value: ast.expr | None) -> Iterator[int]:
    if isinstance(value, ast.Constant) and isinstance(value.value, int):
        yield value.value
