"""PostgreSQL's messages in other languages, read as the English ones."""

import gettext
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dashboard.diagnose.paste import Problem, read
from dashboard.diagnose.paste.languages import in_english
from dashboard.diagnose.paste.postgres_messages import LABELS, MESSAGES

ID = "cmfyok0xv0001l804v6i9h3zz"
FKEY = "deployments_projectId_fkey"
PLACE = re.compile(r"%(?:([0-9])\$)?[sd]")
CATALOGUES = sorted(Path("/usr/share/locale").glob("*/LC_MESSAGES/postgres-15.mo"))
INSERTED = 'insert or update on table "%s" violates foreign key constraint "%s"'
DELETED = 'update or delete on table "%s" violates foreign key constraint "%s" on table "%s"'
NOT_PRESENT = 'Key (%s)=(%s) is not present in table "%s".'
REFERENCED = 'Key (%s)=(%s) is still referenced from table "%s".'
TAKEN = 'duplicate key value violates unique constraint "%s"'
EXISTS = "Key %s already exists."
NULL = 'null value in column "%s" of relation "%s" violates not-null constraint'
ROW = "Failing row contains %s."
LANGUAGES = ("de", "es", "fr", "it", "ja", "ko", "ru", "sv", "uk", "zh_CN", "pt_BR")
FORMS = [
    pytest.param(english, form, id=f"{language}: {english}")
    for english, forms in MESSAGES.items()
    for language, form in forms.items()
]


def filled(form: str, *values: str) -> str:
    """Put values into a format string, by their numbers where it has them."""
    given = iter(values)
    return PLACE.sub(lambda place: values[int(place[1]) - 1] if place[1] else next(given), form)


def values_of(english: str) -> tuple[str, ...]:
    if english.startswith("Key %s"):
        return (f'("projectId", stage)=({ID}, it\'s "b) c)',)
    if english.startswith("Key ("):
        return "projectId, stage", f"{ID}, (x)\ny", "Project"
    if english.startswith("Failing row"):
        return ("(d1, it's (me), null)",)
    if english.startswith("cannot execute"):
        return ("ALTER TABLE",)
    return "deployments", FKEY, "Project", "no encryption"


@pytest.mark.parametrize(("english", "form"), FORMS)
def test_every_message(english: str, form: str) -> None:
    values = values_of(english)
    text = f"app=[7] ERROR:  {filled(form, *values)}\nLOCATION:  x"
    assert in_english(text) == f"app=[7] ERROR:  {filled(english, *values)}\nLOCATION:  x"


def label(english: str, language: str) -> str:
    """Take a label as the language has it: those that have none of their own use the English."""
    place = LANGUAGES.index(language)
    letters = ("FEHLER", "ERROR", "ERREUR", "ERRORE", "ERROR", "오류", "ОШИБКА", "FEL", "ПОМИЛКА")
    return {"ERROR": (*letters, "错误", "ERRO")}[english][place]


Scenario = tuple[tuple[str, tuple[str, ...]], tuple[str, tuple[str, ...]]]
SCENARIOS: Mapping[str, Scenario] = {
    "missing": (
        (INSERTED, ("deployments", FKEY)),
        (NOT_PRESENT, ("projectId", ID, "Project")),
    ),
    "referenced": (
        (DELETED, ("Project", FKEY, "deployments")),
        (REFERENCED, ("id", ID, "deployments")),
    ),
    "taken": ((TAKEN, ("deployments_projectId_key",)), (EXISTS, (f"(projectId)=({ID})",))),
    "null": ((NULL, ("projectId", "deployments")), (ROW, ("(d1, Erika Mustermann, null)",))),
}
SHAPES: Mapping[str, Callable[[str, str, str], str]] = {
    "psql": lambda error, said, detail: f"{error}:  {said}\nDETAIL:  {detail}",
    "log": lambda error, said, detail: (
        f"2026-11-22 14:59:03.470 UTC [7] app@shop {error}:  {said}\n"
        f"2026-11-22 14:59:03.470 UTC [7] app@shop DETAIL:  {detail}"
    ),
    "json": lambda error, said, detail: json.dumps(
        {"severity": error, "message": said, "detail": detail}
    ),
    "escaped": lambda error, said, detail: json.dumps(f"{error}: {said}\nDETAIL:  {detail}"),
    "client": lambda error, said, detail: (
        f"error: {said}\n  at x.js:1:1 {{\n  detail: '{detail}',\n}}"
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_the_same_in_every_language(language: str, scenario: str, shape: str) -> None:
    wrap = SHAPES[shape]
    parts = SCENARIOS[scenario]
    english = read(wrap("ERROR", *(filled(form, *values) for form, values in parts)))
    said = (
        (MESSAGES[form].get(language) or MESSAGES[_older(form)][language], values)
        for form, values in parts
    )
    translated = read(
        wrap(label("ERROR", language), *(filled(form, *values) for form, values in said))
    )
    assert translated.project_ids == english.project_ids
    (error,), (expected,) = translated.errors, english.errors
    if scenario == "null" and language == "zh_CN":  # its catalogue has the older form only
        assert (error.problem, error.columns) == (Problem.NULL, ("projectId",))
    else:
        assert error == expected
    assert "Mustermann" not in repr(translated)


def _older(form: str) -> str:
    return form.replace(' of relation "%s"', "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FEHLER: x", "ERROR: x"),
        ("ASTUCE :  x", "HINT:  x"),
        ("INSTRUCTION :  x", "STATEMENT:  x"),
        ("Die ANWEISUNG: x", "Die ANWEISUNG: x"),
        ("下面是语句: x", "下面是语句: x"),
        ("Schlüssel fehlt", "Schlüssel fehlt"),
    ],
)
def test_labels(text: str, expected: str) -> None:
    assert in_english(text) == expected


def test_what_a_word_processor_makes_of_quotes_and_lines() -> None:
    text = (
        "une instruction insert ou update sur la table \u00ab\u00a0deployments\u00a0\u00bb viole la"
        f" contrainte de clé\n\tétrangère “{FKEY}”"
    )
    assert in_english(text) == filled(INSERTED, "deployments", FKEY)


def test_a_severity_that_is_a_field() -> None:
    fields = {"error_severity": "FEHLER", "message": "Verklemmung (Deadlock) entdeckt"}
    (error,) = read(json.dumps(fields)).errors
    assert (error.problem, error.about) == (Problem.OTHER, "a deadlock")
    row = f"2026-11-22 14:59:03.470 UTC,a,b,7,,x.1,1,INSERT,,3/1,0,FEHLER,40P01,{fields['message']}"
    (error,) = read(row + "," * 12).errors
    assert (error.sqlstate, error.about) == ("40P01", "a deadlock")


@pytest.mark.skipif(not CATALOGUES, reason="no catalogues of PostgreSQL 15 on this machine")
def test_the_forms_are_those_of_the_catalogues() -> None:
    for path in CATALOGUES:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        language = path.parts[4]
        for english, forms in MESSAGES.items():
            if language in forms:
                assert catalogue.gettext(english) == forms[language]
        for english, words in LABELS.items():
            said = catalogue.gettext(english)
            assert said == english or said in words
