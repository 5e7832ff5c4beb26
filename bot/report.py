"""Results, translations and the doctor's findings as lines for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.authoring.coverage import LanguageCoverage
    from bot.services.answer_history import ScoreHistory
    from bot.settings import Settings
    from bot.system import System


TROUBLE = (
    *("messages_needing_a_person", "mails_being_retried", "texts_late", "cases_overdue"),
    "outcomes_long_unknown",
)


def results_lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{name.replace('_', ' '):20} {found[name]:>7}"
        for name in (
            "invited", "delivered", "started", "completed", "expired", "opted_out", "follow_ups", "follow_ups_closed",
        )
    ]  # fmt: skip
    for question in found["questions"]:
        lines += ["", f"{question['flow']}: {question['text']}", f"  n = {question['n']}"]
        if question.get("mean") is not None:
            lines.append(f"  mean {question['mean']:.2f} on {question['lowest']}-{question['highest']}")
        lines += [f"  {value:>8}  {count:>6}" for value, count in question["distribution"].items()]
        if question.get("bands"):
            bands = ", ".join(f"{name} {count}" for name, count in question["bands"].items())
            share = 100 * question["satisfied_share"]
            lines.append(f"  {bands}; satisfied {share:.1f}%; NPS {question['nps']:+.0f}")
    for team, counts in found["teams"].items():
        lines.append(f"\n{team}: {counts['invited']} invited, {counts['completed']} completed")
    return lines


def doctor_lines(system: System) -> tuple[list[str], bool]:
    """(lines, whether nothing needs attention)"""
    settings = system.settings
    counts = system.health.counts()
    sms_trouble = system.sms.reachable()
    mail_trouble = system.mail.reachable()
    silent, stuck = system.health.worker_is_silent(), system.health.silent_jobs()
    mail = "SMTP" if settings.smtp_url else "not set up" if settings.channel == "twilio" else "simulator's mailbox"
    lines = [
        f"database: {'SQLite' if system.database.is_sqlite else 'PostgreSQL'}, up to date",
        f"clock: {system.clock.now().astimezone(settings.zone):%Y-%m-%d %H:%M %Z}"
        + (f" (test clock, x{system.clock.speed:g})" if settings.test_clock else ""),
        f"channel: {settings.channel}: {sms_trouble or 'reachable'}",
        f"mail: {mail}: {mail_trouble or 'reachable'}",
        f"worker: {'not seen in the last minute; start it with `python scheduler.py`' if silent else 'running'}",
        f"public address: {settings.base_url}" + ("" if settings.public_base_url else " (PUBLIC_BASE_URL is not set)"),
        f"meetings API: {len(settings.api_tokens) or 'no'} tokens",
    ]
    lines += [
        f"job {name}: has not finished since {at.astimezone(settings.zone):%Y-%m-%d %H:%M %Z}"
        for name, at in stuck.items()
    ]
    for name, revision in system.library.revisions.items():
        lines.append(f"flow {name}: {', '.join(revision.languages)}")
    lines += [f"{name.replace('_', ' ')}: {count}" for name, count in counts.items()]
    lines += [f"needs a person: {count} x {code}" for code, count in system.health.codes_needing_a_person().items()]
    healthy = not (sms_trouble or mail_trouble or silent or stuck or any(counts[name] for name in TROUBLE))
    lines.append("All well." if healthy else "Something needs attention.")
    return lines, healthy


def score_lines(scores: Sequence[ScoreHistory]) -> list[str]:
    """Each score with the text it was read from, its first reading, its final value and how it was repaired."""
    lines = []
    for score in scores:
        final = "none" if score.value is None else f"{score.value} on {score.lowest}-{score.highest}"
        lines += [
            "",
            f"{score.step}: {score.question}",
            f"  raw text: {_quoted(score.written[0].text)}",
            f"  first reading: {score.first_reading or 'none'}",
            f"  final value: {final}",
            f"  repair: {score.repair}",
        ]
        more = score.written if len(score.written) > 1 else ()
        lines += [f"  wrote {_quoted(written.text)}: {written.led_to}" for written in more]
    return lines


def _quoted(text: str | None) -> str:
    """On one line, and without what would steer a terminal."""
    if text is None:
        return "erased"
    plain = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return f'"{" ".join(plain.split())}"'


def translation_lines(languages: Sequence[LanguageCoverage]) -> list[str]:
    """The names come last: their scripts are of any width, and some run from right to left."""
    flows = [flow for language in languages[:1] for flow in language.flows]
    lines = _aligned(
        [
            ("code", "phrases", *flows, "lexicon", "offered in", "reviewed", "name"),
            *(_translation_cells(language) for language in languages),
        ]
    )
    for language in languages:
        if language.missing:
            lines += ["", f"{language.code}: {len(language.missing)} missing"]
            lines += [f"  {place}" for place in language.named_missing]
            lines += [f"  and {language.more_missing} more"] if language.more_missing else []
    return lines


def _translation_cells(language: LanguageCoverage) -> tuple[str, ...]:
    return (
        language.code,
        *(str(extent) for extent in (language.phrases, *language.flows.values())),
        "yes" if language.has_lexicon else "missing",
        ", ".join(language.offered_in) or "no flow",
        "; ".join(language.reviews),
        language.name,
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def address_lines(settings: Settings) -> list[str]:
    """Where to look once the web process runs."""
    pages = ["/simulator"] if settings.channel == "simulator" else []
    return [f"  http://{settings.host}:{settings.port}{page}" for page in [*pages, "/readyz", "/metrics"]]
