from pathlib import Path

import pytest

from dashboard.settings import SettingsError, load

URL = 'url = "postgresql://u:p@h/db"\n'
CONNECTION_KEYS = (
    "url, role, app_url, host, port, username, password, database, query, type, dialect, driver"
)
COLUMN_ROLES = (
    "name, owner, created_at, updated_at, deleted_at, deleted, accessed_at, status, error"
)
ROLES = "development, staging, production, preview"
A_NAME = "up to 63 letters, digits, _ - and ., a letter or digit first."
A_DURATION = 'must be a duration such as "10s", "30m", "1h" or "2d".'
A_NOUN = 'must be a word, or { one = "child", many = "children" }.'
WORDS = "must be words of up to 40 letters, as they stand in a sentence."
A_NUMBER = "must be a whole number from 1 on."
A_WEB_ADDRESS = "must be an address such as https://staging.example.com."
A_TRUTH = "must be true or false."
A_DAY = "must be a date without quotes, such as 2026-12-31."
IN_DATABASE = "must be a name in the database, of 1 to 63 bytes."
EMPTY = "is empty; give a value or remove it."
PUBLIC = "must have no user name, password or parameters; it is shown on pages."
UNKNOWN = "names no environment that is configured; "
HERE = f"[connections.a]\n{URL}"
TITLED = "[[example]]\ntitle = 'x'\n"
WRITTEN = "[[example]]\ntext = 'x'\nenvironment = 'a'\n"
PARTS = '[connections.a]\nhost = "h"\ndatabase = "db"\n'

WRONG = {
    f"[connection.local]\n{URL}": (
        "[connection.local] is not known; did you mean [connections.local]?"
    ),
    f"[Connections.local]\n{URL}": (
        "[Connections.local] is not known; did you mean [connections.local]?"
    ),
    "connection = 3": "[connection] is not known; did you mean [connections]?",
    "[diagnostics]\nconstraint = 'x'": "[diagnostics] is not known; did you mean [diagnosis]?",
    "[threshold]": "[threshold] is not known; did you mean [thresholds]?",
    "[[mutes]]\ncode = 'pending'": "[mutes] is not known; did you mean [[mute]]?",
    "[[examples]]\ntitle = 'x'": "[examples] is not known; did you mean [[example]]?",
    "[diagnosis.column]\nname = 'x'": "[diagnosis] column is not known; did you mean columns?",
    "[[access.grants]]\nwho = ['*']": "[access] grants is not known; did you mean grant?",
    "connections = 3": "[connections] must be tables: write [connections.NAME].",
    "[connections]\na = 'postgresql://u:geheim@h/db'": (
        "[connections.a] must be a table of keys and values."
    ),
    "[connections.a]": "[connections.a] needs url; give the DATABASE_URL of this environment.",
    "[connections.a]\nurl = 3": "[connections.a] url must be text in quotes.",
    "[connections.a]\nurl = ''": (
        "[connections.a] url is empty; give the database's URL or remove it."
    ),
    "[connections.a]\nurl = 'mysql://u:geheim@h/db'": (
        "[connections.a] url is not a PostgreSQL URL; the dashboard reads only PostgreSQL."
    ),
    "[connections.a]\nurl = 'postgresql://u:geheim@h/db?sslMode=require'": (
        "[connections.a] url has the parameter sslMode, which is unknown; did you mean sslmode?"
    ),
    f"[connections.a]\n{URL}rol = 'staging'": (
        "[connections.a] rol is not known; did you mean role?"
    ),
    f"[connections.a]\n{URL}colour = 'red'": (
        f"[connections.a] colour is not known; known are {CONNECTION_KEYS}."
    ),
    f"[connections.a]\n{URL}'postgresql://u:geheim@h/db' = 1": (
        f"[connections.a] (hidden) is not known; known are {CONNECTION_KEYS}."
    ),
    f"[connections.v1.2]\n{URL}[connections.v1]\n{URL}": (
        f"[connections.v1] 2 is not known; known are {CONNECTION_KEYS}."
    ),
    f"[connections.a]\n{URL}role = 'prodution'": (
        f"[connections.a] role must be one of {ROLES}; did you mean production?"
    ),
    f"[connections.a]\n{URL}role = 'geheim'": (
        f"[connections.a] role must be one of {ROLES}; correct it."
    ),
    f"[connections.a]\n{URL}role = ['staging']": "[connections.a] role must be text in quotes.",
    f"[connections.a]\n{URL}app_url = ' '": f"[connections.a] app_url {EMPTY}",
    f"[connections.a]\n{URL}app_url = 'app.example.com'": (
        f"[connections.a] app_url {A_WEB_ADDRESS}"
    ),
    f"[connections.a]\n{URL}app_url = 'javascript:alert(1)'": (
        f"[connections.a] app_url {A_WEB_ADDRESS}"
    ),
    f"[connections.a]\n{URL}app_url = 'https://app.example.com:x'": (
        f"[connections.a] app_url {A_WEB_ADDRESS}"
    ),
    f"[connections.a]\n{URL}app_url = 'https://[::1'": f"[connections.a] app_url {A_WEB_ADDRESS}",
    f"[connections.a]\n{URL}app_url = 'https://app example.com'": (
        f"[connections.a] app_url {A_WEB_ADDRESS}"
    ),
    f"[connections.a]\n{URL}app_url = 'https://u:geheim@app.example.com'": (
        f"[connections.a] app_url {PUBLIC}"
    ),
    f"[connections.a]\n{URL}app_url = 'https://app.example.com/?token=geheim'": (
        f"[connections.a] app_url {PUBLIC}"
    ),
    f"[connections._a]\n{URL}": f"[connections._a] must be named with {A_NAME}",
    f"[connections.'my env']\n{URL}": f"[connections.my env] must be named with {A_NAME}",
    f"[connections.'u:geheim@h']\n{URL}": f"[connections.(hidden)] must be named with {A_NAME}",
    f"[connections.{'x' * 64}]\n{URL}": f"[connections.(hidden)] must be named with {A_NAME}",
    f"{PARTS}{URL}": "[connections.a] has both url and host; keep url.",
    f"{PARTS}port = 'x'": f"[connections.a] port {A_NUMBER}",
    f"{PARTS}port = 70000": (
        "[connections.a] has a port that is not a number from 1 to 65535; correct it."
    ),
    f"{PARTS}password = 7": "[connections.a] password must be text in quotes.",
    f"{PARTS}dialect = 'mysql'": (
        "[connections.a] dialect must be one of postgresql, postgres; correct it."
    ),
    f"{PARTS}query = 'sslmode=require'": (
        '[connections.a] query must be a table of texts, such as { sslmode = "require" }.'
    ),
    f"{PARTS}query = {{ service = 'x' }}": (
        "[connections.a] has the parameter service, which reads the address from a file; "
        "put the address in the URL."
    ),
    "[connections.a]\ndatabase = 'db'": (
        "[connections.a] names no host; write it before the database, "
        "or as host= for a socket's folder."
    ),
    "diagnosis = 'x'": "[diagnosis] must be a table of keys and values.",
    "[diagnosis]\nconstrain = 'x'": (
        "[diagnosis] constrain is not known; did you mean constraint?"
    ),
    "[diagnosis]\nconstraint = ''": f"[diagnosis] constraint {EMPTY}",
    f"[diagnosis]\nconstraint = '{'x' * 64}'": f"[diagnosis] constraint {IN_DATABASE}",
    '[diagnosis]\nconstraint = "a\\u0000b"': f"[diagnosis] constraint {IN_DATABASE}",
    "[diagnosis]\nmigrations = 1": "[diagnosis] migrations must be text in quotes.",
    "[diagnosis]\nmigrations = []": "[diagnosis] migrations is empty; give a value or remove it.",
    "[diagnosis]\nmigrations = ['a', 1]": "[diagnosis] migrations must be text in quotes.",
    "[diagnosis]\nmigrations = '~nobody-of-this-name/x'": (
        "[diagnosis] migrations names a home folder that is not known; write it out."
    ),
    '[diagnosis]\nmigrations = "a\\u0000b"': (
        "[diagnosis] migrations has an invisible character in it; retype it."
    ),
    "[diagnosis]\ncolumns = 'title'": "[diagnosis.columns] must be a table of keys and values.",
    "[diagnosis]\ncolumns = { title = 'name' }": (
        f"[diagnosis.columns] title is not known; known are {COLUMN_ROLES}."
    ),
    "[diagnosis]\ncolumns = { createdAt = 'x' }": (
        "[diagnosis.columns] createdAt is not known; did you mean created_at?"
    ),
    f"[diagnosis]\ncolumns = {{ name = '{'é' * 32}' }}": f"[diagnosis.columns] name {IN_DATABASE}",
    "[diagnosis]\nnouns = 'x'": "[diagnosis.nouns] must be a table of keys and values.",
    "[diagnosis]\nnouns = { deployments = 7 }": f"[diagnosis.nouns] deployments {A_NOUN}",
    "[diagnosis]\nnouns = { deployments = { one = 'x', other = 'y' } }": (
        f"[diagnosis.nouns] deployments {A_NOUN}"
    ),
    "[diagnosis]\nnouns = { deployments = { many = 'x' } }": (
        f"[diagnosis.nouns] deployments {A_NOUN}"
    ),
    "[diagnosis]\nnouns = { deployments = '<b>' }": f"[diagnosis.nouns] deployments {WORDS}",
    "[diagnosis]\nnouns = { deployments = ' ' }": f"[diagnosis.nouns] deployments {EMPTY}",
    "[diagnosis]\nnouns = { '' = 'x' }": "[diagnosis.nouns] (hidden) must be the name of a table.",
    "[history]\nfile = 'x'": "[history] file is not known; known are path, enabled.",
    "[history]\npath = ''": f"[history] path {EMPTY}",
    "[history]\nenable = false": "[history] enable is not known; did you mean enabled?",
    "[rehearsal]\nenable = false": "[rehearsal] enable is not known; did you mean enabled?",
    "[rehearsal]\nenabled = 0": f"[rehearsal] enabled {A_TRUTH}",
    "[history]\nenabled = 0": f"[history] enabled {A_TRUTH}",
    "[history]\nenabled = 'no'": f"[history] enabled {A_TRUTH}",
    "[thresholds]\nstuk = '1m'": "[thresholds] stuk is not known; did you mean stuck?",
    "[thresholds]\nstuck = 30": "[thresholds] stuck must be text in quotes.",
    "[thresholds]\nstuck = '30'": f"[thresholds] stuck {A_DURATION}",
    "[thresholds]\nstuck = '0m'": f"[thresholds] stuck {A_DURATION}",
    "[thresholds]\nstuck = '1h30m'": f"[thresholds] stuck {A_DURATION}",
    "[thresholds]\nstuck = '99999999999999d'": f"[thresholds] stuck {A_DURATION}",
    "[thresholds]\nall_fail_ids = 0": f"[thresholds] all_fail_ids {A_NUMBER}",
    "[thresholds]\nall_fail_ids = true": f"[thresholds] all_fail_ids {A_NUMBER}",
    "[thresholds]\nall_fail_ids = 1.5": f"[thresholds] all_fail_ids {A_NUMBER}",
    "[mute]\ncode = 'x'": "[mute] must be written [[mute]], once for every mute.",
    "mute = [1]": "[[mute]] number 1 must be a table of keys and values.",
    "[[mute]]\nreason = 'x'": "[[mute]] number 1 needs code; say which finding to mute.",
    "[[mute]]\ncode = 'x'": "[[mute]] number 1 needs reason; say why, for those who wonder.",
    "[[mute]]\ncode = 'Pending!'\nreason = 'x'": (
        '[[mute]] number 1 code must be the code of a finding, such as "pending".'
    ),
    "[[mute]]\ncode = 'x'\nreason = 'x'\nuntil = '2026-12-31'": f"[[mute]] number 1 until {A_DAY}",
    "[[mute]]\ncode = 'x'\nreason = 'x'\nuntil = 2026-12-31T10:00:00": (
        f"[[mute]] number 1 until {A_DAY}"
    ),
    "[[mute]]\ncode = 'x'\nreason = 'x'\nfor = 'ever'": (
        "[[mute]] number 1 for is not known; known are code, environment, reason, until."
    ),
    "[example]\ntitle = 'x'": "[example] must be written [[example]], once for every example.",
    "example = [1]": "[[example]] number 1 must be a table of keys and values.",
    f"{HERE}{WRITTEN}": "[[example]] number 1 needs title; say what it shows.",
    f"{HERE}{TITLED}environment = 'a'": (
        "[[example]] number 1 needs text; give the ID, the URL or the error to look up."
    ),
    f"{HERE}{TITLED}text = 'x'": (
        "[[example]] number 1 needs environment; name the one that the deployment fails in."
    ),
    f"{HERE}{WRITTEN}title = ' '": f"[[example]] number 1 title {EMPTY}",
    f"{HERE}{TITLED}environment = 'a'\ntext = ['x']": (
        "[[example]] number 1 text must be text in quotes."
    ),
    f"{HERE}{TITLED}text = 'x'\nenvironment = ' '": f"[[example]] number 1 environment {EMPTY}",
    f"[connections.staging]\n{URL}{TITLED}text = 'x'\nenvironment = 'stagin'": (
        f"[[example]] number 1 environment {UNKNOWN}did you mean staging?"
    ),
    f"{TITLED}text = 'x'\nenvironment = 'geheim'": (
        f"[[example]] number 1 environment {UNKNOWN}add it or correct it."
    ),
    f"{HERE}{WRITTEN}title = 'x'\nbutton = 7": (
        "[[example]] number 1 button must be text in quotes."
    ),
    f"{HERE}{WRITTEN}title = 'x'\nbuton = 'x'": (
        "[[example]] number 1 buton is not known; did you mean button?"
    ),
    f"{HERE}{WRITTEN}title = 'geheim'\n{WRITTEN}title = 'geheim'": (
        "[[example]] number 2 title is that of another example; give it one of its own."
    ),
}


def problems(folder: Path, content: str) -> tuple[str, ...]:
    config = folder / "settings.toml"
    config.write_text(content)
    with pytest.raises(SettingsError) as refused:
        load(config, environ={})
    return refused.value.problems


@pytest.mark.parametrize(("content", "sentence"), WRONG.items())
def test_a_mistake_gets_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    assert problems(tmp_path, content) == (sentence,)
    assert "geheim" not in sentence


def test_all_mistakes_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    content = (
        "[connections.b]\nrole = 'x'\n[connections.a]\nurl = 'postgresql://u:p@h/db?shema=1&usr=2'\n"
        "[diagnosis]\nconstraint = 7\n[history]\npath = 7\n[thresholds]\nrace = 'x'\n"
        "[[mute]]\ncode = 7\nreason = 'x'\n"
        f"{WRITTEN}title = 7\n"
    )
    assert [problem.split(";")[0] for problem in problems(tmp_path, content)] == [
        f"[connections.b] role must be one of {ROLES}",
        "[connections.b] needs url",
        "[connections.a] url has the parameter shema, which is unknown",
        "[connections.a] url has the parameter usr, which is unknown",
        "[diagnosis] constraint must be text in quotes.",
        "[history] path must be text in quotes.",
        f"[thresholds] race {A_DURATION}",
        "[[mute]] number 1 code must be text in quotes.",
        "[[example]] number 1 title must be text in quotes.",
    ]


def test_the_error_reads_as_one_sentence_a_line() -> None:
    error = SettingsError("[a] x is empty.", "[b] y is empty.")
    assert str(error) == "[a] x is empty.\n[b] y is empty."


def test_tables_of_others_are_theirs(tmp_path: Path) -> None:
    config = tmp_path / "secrets.toml"
    config.write_text(f"[auth]\nx = 1\n[my_app]\ny = 2\nkey = 3\n{HERE}", encoding="utf-8")
    assert list(load(config, environ={}).databases) == ["a"]
