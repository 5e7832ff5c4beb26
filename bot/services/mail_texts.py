"""E-mails to staff, in Danish or English. They name a case, a deadline and a link: no personal data."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_datetime

_ALERT = {
    "da": (
        "Opfølgning {number}",
        "En borger ønsker at blive ringet op.\n\nSag: {number}\nFrist for kontakt: {deadline}\n\n{link}\n",
    ),
    "en": (
        "Follow-up {number}",
        "A citizen would like a call.\n\nCase: {number}\nContact before: {deadline}\n\n{link}\n",
    ),
}
_CORRECTION = {
    "da": (
        "Nyt i opfølgning {number}",
        "Borgeren har rettet et svar, efter at sagen blev åbnet.\n\n"
        "Sag: {number}\nFrist for kontakt: {deadline}\n\n{link}\n",
    ),
    "en": (
        "News in follow-up {number}",
        "The citizen has corrected an answer since the case was opened.\n\n"
        "Case: {number}\nContact before: {deadline}\n\n{link}\n",
    ),
}
_ESCALATION = {
    "da": (
        "Fristen er overskredet: opfølgning {number}",
        "Fristen for at kontakte en borger er overskredet.\n\nSag: {number}\nFristen var: {deadline}\n\n{link}\n",
    ),
    "en": (
        "Deadline passed: follow-up {number}",
        "The deadline for contacting a citizen has passed.\n\nCase: {number}\nDeadline was: {deadline}\n\n{link}\n",
    ),
}


def alert_mail(language: str, number: str, deadline: datetime, link: str) -> tuple[str, str]:
    """(subject, body); `deadline` is in office time."""
    return _filled(_ALERT, language, number, deadline, link)


def correction_mail(language: str, number: str, deadline: datetime, link: str) -> tuple[str, str]:
    return _filled(_CORRECTION, language, number, deadline, link)


def escalation_mail(language: str, number: str, deadline: datetime, link: str) -> tuple[str, str]:
    return _filled(_ESCALATION, language, number, deadline, link)


def _filled(
    texts: dict[str, tuple[str, str]], language: str, number: str, deadline: datetime, link: str
) -> tuple[str, str]:
    subject, body = texts.get(language, texts["da"])
    when = format_datetime(
        deadline, "EEEE d. MMMM y HH:mm" if language == "da" else "EEEE d MMMM y HH:mm", locale=language
    )
    values = {"number": number, "deadline": when, "link": link}
    return subject.format(**values), body.format(**values)
