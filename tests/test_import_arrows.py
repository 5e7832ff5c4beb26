"""Imports run one way, as DESIGN draws them; the core reads no clock; one place constructs adapters."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

ROOT = Path(__file__).parent.parent
ENTRY_POINTS = ("app", "scheduler")

# All that a whole product is made of.
PARTS = (
    *("bot.authoring", "bot.channels", "bot.conversation", "bot.db", "bot.services"),
    *("bot.clock", "bot.delivery_thread", "bot.settings", "bot.vault"),
)
# What a part may import of the product: whole packages or single modules.
ALLOWED: dict[str, tuple[str, ...]] = {
    "bot.conversation": ("bot.conversation",),
    "bot.db": ("bot.db", "bot.errors"),
    "bot.channels": ("bot.channels", "bot.settings", "bot.errors", "bot.log"),
    "bot.services": (
        *("bot.services", "bot.conversation", "bot.db", "bot.channels.interface"),
        *("bot.errors", "bot.clock", "bot.vault", "bot.log"),
    ),
    "bot.authoring": ("bot.authoring", "bot.conversation", "bot.errors", "bot.services.teams"),
    "bot.web": (
        *("bot.web", "bot.system", "bot.clock", "bot.services", "bot.conversation", "bot.db.migrate"),
        *("bot.channels.interface", "bot.channels.twilio", "bot.errors", "bot.log", "bot.phone"),
    ),
    "bot.system": PARTS,
    "bot.bootstrap": (*PARTS, "bot.system", "bot.errors", "bot.log"),
    # What everything else stands on imports next to nothing.
    "bot.errors": (),
    "bot.clock": (),
    "bot.log": (),
    "bot.phone": (),
    "bot.environment": (),
    "bot.settings": ("bot.errors",),
    "bot.vault": ("bot.errors",),
    "bot.delivery_thread": ("bot.log",),
    # Entry points and what only they use: they are handed a System, and only an entry builds one.
    "bot.jobs": ("bot.system", "bot.services", "bot.errors"),
    "bot.report": ("bot.system", "bot.authoring.coverage", "bot.services", "bot.settings"),
    "bot.examples": ("bot.system", "bot.authoring", "bot.conversation", "bot.db", "bot.services", "bot.errors"),
    "bot.cli": (
        *("bot.cli", "bot.system", "bot.authoring", "bot.conversation", "bot.db.migrate", "bot.services"),
        *("bot.errors", "bot.examples", "bot.jobs", "bot.log", "bot.phone", "bot.report", "bot.settings"),
    ),
    "bot.run": ("bot",),
    "app": ("bot",),
    "scheduler": ("bot",),
}

# `holidays` is a table of dates, and reads nothing outside itself.
PURE_LIBRARIES = ("pydantic", "smsutil", "holidays")
IMPURE_STANDARD = (
    *("time", "logging", "os", "pathlib", "socket", "ssl", "random", "secrets", "uuid", "io", "shutil", "tempfile"),
    *("sqlite3", "subprocess", "threading", "asyncio", "multiprocessing", "signal", "sys", "urllib", "http", "smtplib"),
)
CLOCK_READERS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
    *("time.monotonic", "time.perf_counter", "time.localtime", "time.gmtime"),
}
# They pace what leaves by the machine's own clock, also while a test clock runs.
MAY_READ_THE_CLOCK = ("bot.services.pace", "bot.services.deliver")
# The composition root; a migration is handed nothing but an address.
MAY_CONSTRUCT = ("bot.bootstrap", "bot.db.migrations.env", *ENTRY_POINTS)


def parsed_modules() -> dict[str, ast.Module]:
    """Module name -> syntax tree, of everything that ships. Migrations are history, and import only Alembic."""
    files = [*(ROOT / "bot").rglob("*.py"), *(ROOT / f"{name}.py" for name in ENTRY_POINTS)]
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(files) if "versions" not in path.parts}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = parsed_modules()


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, imported module) of every import, inside functions and for type checking too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name of what is imported"
            yield from ((node.lineno, _imported(node.module or "", alias.name)) for alias in node.names)


def _imported(module: str, name: str) -> str:
    """`from bot.services import pace` imports a module; `from bot.errors import FlowError` a name of one."""
    return f"{module}.{name}" if f"{module}.{name}" in MODULES else module


def within(module: str, parts: Iterable[str]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def wrong_arrows(module: str, tree: ast.Module) -> list[str]:
    part = max((part for part in ALLOWED if within(module, (part,))), key=len, default=None)
    if part is None:
        return [] if module == "bot" else [f"{module} stands in no row of ALLOWED; say there what it may import"]
    return [
        f"line {line}: {module} must not import {imported}"
        for line, imported in imports_of(tree)
        if imported.split(".")[0] in ("bot", *ENTRY_POINTS) and not within(imported, ALLOWED[part])
    ]


def impure_imports(tree: ast.Module) -> list[str]:
    return [
        f"line {line}: the core must not import {imported}"
        for line, imported in imports_of(tree)
        if not (
            (top := imported.split(".")[0]) in ("bot", *PURE_LIBRARIES)
            or (top in sys.stdlib_module_names and top not in IMPURE_STANDARD)
        )
    ]


def calls_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, `datetime.datetime.now`) of every call of a name with or without dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, _dotted(node.func)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def clock_readings(tree: ast.Module) -> list[str]:
    return [
        f"line {line}: {called}()"
        for line, called in calls_of(tree)
        if ".".join(called.split(".")[-2:]) in CLOCK_READERS
    ]


def adapters() -> set[str]:
    """The database, and every class that implements a channel's interface."""
    classes = [
        node
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and within(module, ("bot.channels",))
    ]
    interfaces = {"SmsChannel", "MailChannel"}
    return {"Database"} | {node.name for node in classes if {_dotted(base) for base in node.bases} & interfaces}


def constructions(tree: ast.Module) -> list[str]:
    """`Database(...)`, `twilio.TwilioChannel(...)` and `TwilioChannel.from_settings(...)`."""
    known = adapters()
    return [
        f"line {line}: {called}()"
        for line, called in calls_of(tree)
        if called.split(".")[-1] in known or (called.endswith(".from_settings") and set(called.split(".")) & known)
    ]


def shipped(*parts: str, besides: Iterable[str] = ()) -> list[ParameterSet]:
    chosen = [name for name in MODULES if not parts or within(name, parts)]
    return [pytest.param(name, id=name) for name in chosen if name not in besides]


@pytest.mark.parametrize("module", shipped())
def test_a_module_imports_only_what_it_may(module: str) -> None:
    assert wrong_arrows(module, MODULES[module]) == []


@pytest.mark.parametrize("module", shipped("bot.conversation"))
def test_the_core_imports_nothing_that_touches_the_world(module: str) -> None:
    assert impure_imports(MODULES[module]) == []


@pytest.mark.parametrize("module", shipped("bot.conversation"))
def test_the_core_neither_reads_files_nor_prints(module: str) -> None:
    touched = ("open", "print", "input", "exec", "eval", "__import__")
    assert [(line, called) for line, called in calls_of(MODULES[module]) if called in touched] == []


@pytest.mark.parametrize("module", shipped("bot.conversation", "bot.services", besides=MAY_READ_THE_CLOCK))
def test_the_time_is_handed_in(module: str) -> None:
    assert clock_readings(MODULES[module]) == []


@pytest.mark.parametrize("module", shipped(besides=MAY_CONSTRUCT))
def test_only_the_composition_root_constructs_adapters(module: str) -> None:
    assert constructions(MODULES[module]) == []


def test_the_adapters_are_found() -> None:
    assert {"Database", "TwilioChannel", "SmtpMailChannel", "SimulatorSms", "SimulatorMail"} <= adapters()


def test_every_row_of_the_picture_speaks_of_a_module() -> None:
    """A row that nothing stands in any more would allow what nobody wants."""
    assert [part for part in ALLOWED if not any(within(module, (part,)) for module in MODULES)] == []


@pytest.mark.parametrize(
    ("module", "text", "wrong"),
    [
        pytest.param("bot.conversation.x", "from bot.db.tables import cases", True, id="the core imports a table"),
        pytest.param("bot.conversation.x", "import bot.clock", True, id="the core imports the clock"),
        pytest.param("bot.conversation.x", "from bot.conversation import flow", False, id="the core imports itself"),
        pytest.param(
            "bot.services.x", "from bot.channels.twilio import advice_for", True, id="a service knows a vendor"
        ),
        pytest.param("bot.services.x", "from bot.channels import twilio", True, id="a service knows a vendor's module"),
        pytest.param(
            "bot.services.x", "from bot.channels.interface import Advice", False, id="a service knows channels"
        ),
        pytest.param("bot.db.x", "def f():\n    import bot.channels.email", True, id="an import inside a function"),
        pytest.param("bot.web.x", "import app", True, id="a page imports the entry point"),
        pytest.param("bot.unheard_of", "import ast", True, id="a module that the picture does not show"),
    ],
)
def test_a_wrong_arrow_is_found(module: str, text: str, wrong: bool) -> None:
    assert bool(wrong_arrows(module, ast.parse(text))) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("from datetime import datetime, time", False, id="a moment is a value"),
        pytest.param("import time", True, id="the module time is a clock"),
        pytest.param("from pathlib import Path", True, id="a path leads to a file"),
        pytest.param("import sqlalchemy", True, id="a library that is not pure"),
        pytest.param("import re, logging", True, id="the second of two"),
    ],
)
def test_an_impure_import_of_the_core_is_found(text: str, wrong: bool) -> None:
    assert bool(impure_imports(ast.parse(text))) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("datetime.now(UTC)", True, id="the date of today"),
        pytest.param("datetime.datetime.now()", True, id="the date of today in full"),
        pytest.param("time.time()", True, id="the machine's seconds"),
        pytest.param("self._clock.now()", False, id="the clock that was handed in"),
        pytest.param("datetime.fromisoformat(text)", False, id="a moment out of a text"),
    ],
)
def test_a_reading_of_the_clock_is_found(text: str, wrong: bool) -> None:
    assert bool(clock_readings(ast.parse(text))) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("Database(url)", True, id="a database"),
        pytest.param("twilio.TwilioChannel(sid='x')", True, id="a channel by its module"),
        pytest.param("SmtpMailChannel.from_settings(settings)", True, id="a channel out of the settings"),
        pytest.param("def f(database: Database) -> None: ...", False, id="a database that is handed in"),
    ],
)
def test_a_construction_is_found(text: str, wrong: bool) -> None:
    assert bool(constructions(ast.parse(text))) == wrong
