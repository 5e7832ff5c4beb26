"""Commands about what staff and translators write."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.authoring.chat import hold_chat
from bot.authoring.checks import check_files
from bot.authoring.detect_language import line_detector
from bot.authoring.read_replies import read_line
from bot.authoring.rehearsal import rehearsal_files
from bot.authoring.rehearsal import rehearse as rehearse_file
from bot.cli.command import built_system, command, current_settings
from bot.report import translation_lines


@command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check flows, teams, lexicons and translations; exit 1 on errors."""
    problems = check_files(current_settings().flows_dir, current_settings().locales_dir, list(files))
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    click.echo("No problems found.")


@command("read-replies")
def read_replies() -> None:
    """Read `language<TAB>scale<TAB>text` lines from standard input; print how each is understood."""
    lexicons = built_system().library.lexicons
    for line in _lines_of_standard_input():
        click.echo(read_line(line, lexicons))


@command("detect-language")
@click.option("--languages", help="Codes to choose from, with commas between. Default: all.")
def detect_language(languages: str | None) -> None:
    """Read a text a line from standard input; print its language, or - where none is certain enough."""
    library = built_system().library
    codes = [code.strip() for code in languages.split(",")] if languages else list(library.lexicons.by_language)
    of_line = line_detector(library, [code for code in codes if code])
    for line in _lines_of_standard_input():
        click.echo(of_line(line))


def _lines_of_standard_input() -> list[str]:
    """One entry a line feed: a text may hold the other characters that Python counts as ends of lines."""
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


@command("chat")
@click.argument("flow")
@click.option("--language", default=None, help="The language the meeting came with; without it, not known.")
def chat(flow: str, language: str | None) -> None:
    """Hold a conversation in the terminal; nothing is stored. An empty line or ctrl-D ends it."""
    library = built_system().library
    if flow not in library.revisions:
        raise click.BadParameter(f"there is no flow '{flow}'; known are {', '.join(library.revisions)}")
    for line in hold_chat(library, flow, language, iter(lambda: _typed(), "")):
        click.echo(line)


def _typed() -> str:
    try:
        return str(click.prompt("", prompt_suffix="> ", default="", show_default=False))
    except click.Abort:
        return ""


@command("rehearse")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rehearse(files: tuple[Path, ...]) -> None:
    """Run scripted dialogues; exit 1 if one comes out differently."""
    library = built_system().library
    chosen = files or rehearsal_files(current_settings().flows_dir)
    failed = 0
    for file in chosen:
        differences = rehearse_file(file, library)
        failed += bool(differences)
        for difference in differences:
            click.echo(difference)
    click.echo(f"{len(chosen) - failed} as written, {failed} different")
    if failed:
        sys.exit(1)


@command("translations")
def translations() -> None:
    """How far each language is translated, where it is offered, and who has reviewed it."""
    click.echo("\n".join(translation_lines(built_system().library.coverage)))
