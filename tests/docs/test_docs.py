"""What is written about the product, held against the product: every registry, example, link and translation."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from click import Command
from flask import Flask

from bot.authoring.catalogues import Catalogues, placeholders
from bot.authoring.loader import flow_files, load_flow
from bot.authoring.rehearsal import rehearse
from bot.authoring.teams_file import read_teams
from bot.channels.twilio import ADVICE_BY_CODE
from bot.cli import register_commands
from bot.conversation.flow import SOURCE_LANGUAGE, Flow
from bot.conversation.phrases import PHRASES
from bot.conversation.reading.lexicon import Lexicon
from bot.services.meeting_rows import read_csv
from bot.settings import Settings
from bot.system import System
from bot.web.factory import create_app
from tests.support.system import KEYS, ROOT, build_system, library

DOCS = ROOT / "docs"
LOCALES = ROOT / "locales"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
TRANSLATED = sorted(path.name for path in LOCALES.iterdir() if path.is_dir() and path.name != SOURCE_LANGUAGE)
CATALOGUE_FILES = sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))
TWILIO = {
    "channel": "twilio",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "an-invented-token",
    "twilio_from": "+4599990000",
    "public_base_url": "https://survey.example.dk",
}
REVIEWED = re.compile(r"machine draft, not yet reviewed by an interpreter|reviewed by \S.*, \d{4}-\d{2}-\d{2}")
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# In two pieces, so that this file does not hold what it looks for.
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "debian" + ".org")
MACHINE_PATH = re.compile(r"(?<![\w.*/-])/(?:root|work|home/\w+)(?![\w-])")


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row that begins with something in backquotes."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first_cells(text: str) -> list[str]:
    return [row[0].strip("`") for row in table_rows(text)]


def sections(text: str, word: str) -> set[str]:
    """What follows the word in headings such as ### `flask tick`."""
    return set(re.findall(rf"^### `{word} ([a-z-]+)`$", text, re.MULTILINE))


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def shipped_flows() -> list[Flow]:
    return [load_flow(path) for path in flow_files(ROOT / "flows")]


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'docs.db')}"


@pytest.fixture
def simulated(url: str) -> System:
    return build_system(url, channel="simulator")


@pytest.fixture
def app(simulated: System) -> Flask:
    return create_app(simulated)


@cache
def flask_commands() -> dict[str, Command]:
    app = Flask(__name__)
    register_commands(app)
    return dict(app.cli.commands)


# -- settings ----------------------------------------------------------------------------------------------


def default_of(name: str) -> str:
    field = Settings.model_fields[name]
    if field.is_required():
        return "required"
    return "none" if field.default in (None, ()) else f"`{field.default}`"


def test_every_setting_is_explained_once_with_its_default() -> None:
    written = [(row[0].strip("`"), row[2]) for row in table_rows(page("settings.md"))]
    assert sorted(written) == sorted((name.upper(), default_of(name)) for name in Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "example"), [(row[0].strip("`").lower(), row[3].strip("`")) for row in table_rows(page("settings.md"))]
)
def test_the_example_of_a_setting_is_usable(name: str, example: str) -> None:
    Settings(_env_file=None, **{**KEYS, name: example})  # type: ignore[arg-type]


# -- commands ----------------------------------------------------------------------------------------------


def test_every_flask_command_is_explained_and_no_other() -> None:
    assert sections(page("commands.md"), "flask") == set(flask_commands())


def test_every_make_target_is_explained_and_no_other() -> None:
    assert sections(page("commands.md"), "make") == make_targets()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_names_only_commands_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    quoted = "\n".join([*re.findall(r"`[^`\n]+`", text), *(body for _, body in _FENCE.findall(text))])
    for word, known in (("make", make_targets()), ("flask", set(flask_commands()))):
        assert set(re.findall(rf"(?:^|[`$ ]){word} ([a-z][a-z-]+)", quoted, re.MULTILINE)) <= known


def test_every_option_of_a_command_is_explained() -> None:
    text = page("commands.md")
    for name, command in flask_commands().items():
        body = text.split(f"### `flask {name}`\n")[1].split("\n### ")[0]
        assert all(f"`{option}" in body or f" {option}" in body for option in options_of(command)), name


def options_of(command: Command) -> list[str]:
    return [option for parameter in command.params for option in parameter.opts if option.startswith("--")]


# -- routes ------------------------------------------------------------------------------------------------


def routes_of(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_explained_with_the_channels_it_exists_with(app: Flask, url: str) -> None:
    with_simulator = routes_of(app)
    with_twilio = routes_of(create_app(build_system(url, **TWILIO)))
    exists = {
        route: ("always" if route in with_simulator else "twilio") if route in with_twilio else "simulator"
        for route in with_simulator | with_twilio
    }
    rows = [row for row in table_rows(page("routes.md")) if row[0].strip("`").isupper()]
    assert {(row[0].strip("`"), row[1].strip("`")): row[2] for row in rows} == exists


# -- what is explained elsewhere ---------------------------------------------------------------------------


def test_every_dependency_is_explained_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[^A-Za-z0-9._-]", dependency)[0] for dependency in declared]
    assert sorted(first_cells(page("dependencies.md"))) == sorted(names)


def test_every_list_of_a_lexicon_is_explained_and_no_other() -> None:
    explained = first_cells(page("languages.md").split("## Word lists")[1])
    assert sorted(explained) == sorted(field.alias or name for name, field in Lexicon.model_fields.items())


def test_every_figure_of_the_doctor_is_explained(simulated: System) -> None:
    explained = page("operations.md")
    missing = [name for name in simulated.health.counts() if f"\n| {name.replace('_', ' ')}" not in explained]
    assert not missing


def test_every_code_that_is_told_apart_is_explained() -> None:
    explained = set(re.findall(r"\b\d{5}\b", page("operations.md")))
    assert not ADVICE_BY_CODE.keys() - explained


# -- examples and links ------------------------------------------------------------------------------------


def examples(path: Path, kind: str) -> list[str]:
    return [body for language, body in _FENCE.findall(path.read_text("utf-8")) if language == kind]


def flow_examples() -> list[str]:
    return [body for body in examples(DOCS / "flows.md", "yaml") if body.startswith("flow:")]


@pytest.mark.parametrize("example", flow_examples(), ids=lambda example: example.split("\n")[0])
def test_a_flow_in_the_documentation_can_be_loaded_as_it_stands(example: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(example, "utf-8")
    assert load_flow(path).flow


def test_the_flows_in_the_documentation_show_every_kind_of_step() -> None:
    shown = set(re.findall(r"^    type: (\w+)$", "\n".join(flow_examples()), re.MULTILINE))
    assert shown == {"scale", "choice", "yes_no", "text", "say"}


def test_the_rehearsal_in_the_documentation_goes_as_written(tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.yaml"
    (example,) = [body for body in examples(DOCS / "flows.md", "yaml") if "\ndialogue:" in body]
    path.write_text(example, "utf-8")
    assert rehearse(path, library()) == []


def test_the_teams_and_meetings_in_the_documentation_can_be_loaded(simulated: System) -> None:
    (teams,) = examples(DOCS / "commands.md", "yaml")
    assert read_teams(Path("teams.yaml"), teams)
    simulated.import_teams.load(read_teams(ROOT / "flows" / "teams.yaml"))
    (meetings,) = examples(ROOT / "README.md", "csv")
    report = simulated.import_meetings.load(read_csv(meetings.encode()))
    assert (report.accepted, report.refused) == (4, [])


def links_of(path: Path) -> list[str]:
    text = _FENCE.sub("", path.read_text("utf-8"))
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not target.startswith(("http", "mailto:"))]


def anchors_of(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_and_picture_resolves(path: Path) -> None:
    dead = []
    for target in links_of(path):
        file, _, anchor = target.partition("#")
        found = (path.parent / file) if file else path
        if not found.exists() or (anchor and anchor not in anchors_of(found)):
            dead.append(target)
    assert not dead


def test_the_readme_leads_to_every_page() -> None:
    linked = {target.partition("#")[0] for target in links_of(ROOT / "README.md")}
    assert {path.relative_to(ROOT).as_posix() for path in PAGES[1:]} <= linked


# -- translations ------------------------------------------------------------------------------------------


def messages_of(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file, abort_invalid=True) if message.id]


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_language_has_everything_the_bot_and_the_shipped_flows_say(code: str) -> None:
    catalogues = Catalogues(LOCALES)
    assert not [flow.flow for flow in shipped_flows() if code not in catalogues.texts(flow)]
    assert catalogues.phrases.get(code, {}).keys() == PHRASES.keys()


@pytest.mark.parametrize("path", CATALOGUE_FILES, ids=lambda path: path.relative_to(LOCALES).as_posix())
def test_a_translation_holds_the_placeholders_of_the_danish_text_and_no_leftovers(path: Path) -> None:
    said = {(f"{flow.flow}.{place}", text) for flow in shipped_flows() for place, text in flow.texts()}
    wanted = said if path.name == "flows.po" else set(PHRASES.items())
    messages = messages_of(path)
    assert {(str(message.context), str(message.id)) for message in messages} == wanted
    differing = [m.context for m in messages if placeholders(str(m.id)) != placeholders(str(m.string))]
    assert not differing


@pytest.mark.parametrize("path", CATALOGUE_FILES, ids=lambda path: path.relative_to(LOCALES).as_posix())
def test_a_translation_says_who_has_reviewed_it(path: Path) -> None:
    marks = re.findall(r'^"X-Review: (.+)\\n"$', path.read_text("utf-8"), re.MULTILINE)
    assert len(marks) == 1
    assert REVIEWED.fullmatch(marks[0])


# -- what must not be written ------------------------------------------------------------------------------


def committed_texts() -> dict[str, str]:
    """Every text file that is committed or would be by `git add`."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    texts = {}
    for name in filter(None, names):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            texts[name] = data.decode("utf-8", "replace")
    return texts


def test_no_committed_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = [
        name
        for name, text in committed_texts().items()
        if any(host in text for host in REGISTRIES) or MACHINE_PATH.search(text)
    ]
    assert not found
