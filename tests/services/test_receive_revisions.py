"""A conversation keeps the flow it began with; and a message that could not be handled may come again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from bot.authoring.loader import Library
from bot.conversation.flow import FlowRevision
from bot.db.engine import Database
from bot.db.tables import flow_revisions
from bot.vault import Vault
from tests.services.parts import OTHER_PHONE, Parts
from tests.support.clock import FrozenClock

OLD_QUESTION = "steps.kommentar.text"


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def reworded(library: Library) -> Library:
    """As after an edit of the file: every text of the flow is another."""
    old = library.revisions["tilfredshed"]
    texts = {code: {path: f"NYT {text}" for path, text in found.items()} for code, found in old.texts.items()}
    return Library({"tilfredshed": FlowRevision(old.flow, texts)}, library.lexicons, library.phrases)


def shortened(library: Library) -> Library:
    """The step that the citizen is about to be asked is no longer in the file."""
    old = library.revisions["tilfredshed"]
    steps = tuple(step for step in old.flow.steps if step.id == "tilfreds")
    flow = old.flow.model_copy(update={"steps": steps})
    return Library({"tilfredshed": FlowRevision(flow, old.texts)}, library.lexicons, library.phrases)


def without_flow(library: Library) -> Library:
    return Library({"samtalen": library.revisions["samtalen"]}, library.lexicons, library.phrases)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(reworded, id="reworded"),
        pytest.param(shortened, id="shortened"),
        pytest.param(without_flow, id="removed"),
    ],
)
def test_a_reply_after_the_file_has_changed_follows_the_old_flow(
    parts: Parts, edit: Callable[[Library], Library], language: str
) -> None:
    parts.invited(language=language)
    later = Parts(parts.database, parts.vault, parts.clock, edit(parts.library))
    old = parts.library.revisions["tilfredshed"].texts[language]
    later.hear("3")
    assert old[OLD_QUESTION] in later.said()[-1]
    assert "NYT" not in later.said()[-1]
    later.hear_all("x", "RING")
    assert later.said()[-1].endswith(old["ending"])
    assert later.row("conversation").status == "completed"


def test_a_new_invitation_uses_the_new_flow(parts: Parts) -> None:
    parts.invited()
    later = Parts(parts.database, parts.vault, parts.clock, reworded(parts.library))
    later.invited(OTHER_PHONE, at="2026-11-25 12:00")
    old, new = later.rows("conversation")
    assert old.flow_hash != new.flow_hash
    assert len(later.rows("flow_revision")) == 2
    assert later.said(OTHER_PHONE)[0].startswith("NYT")


def test_a_reminder_after_the_file_has_changed_follows_the_old_flow(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    later = Parts(parts.database, parts.vault, parts.clock, reworded(parts.library))
    later.at("2026-11-26 12:00")
    assert later.happen.run_due() == {"remind": 1, "expire": 0}
    assert "NYT" not in later.said()[-1]


def test_a_language_that_has_lost_its_phrases_goes_on_in_danish(parts: Parts) -> None:
    parts.invited(language="en")
    found = parts.library
    fewer = {code: texts for code, texts in found.phrases.items() if code != "en"}
    later = Parts(parts.database, parts.vault, parts.clock, Library(found.revisions, found.lexicons, fewer))
    later.hear("3")
    assert found.revisions["tilfredshed"].texts["da"][OLD_QUESTION] in later.said()[-1]


def test_a_step_that_raises_leaves_nothing_behind_and_the_message_may_come_again(parts: Parts) -> None:
    parts.invited()
    later = Parts(parts.database, parts.vault, parts.clock, without_flow(parts.library))
    content = parts.row("flow_revision").content
    set_content(parts, content[:100])
    before = later.everything()
    woken: list[bool] = []
    later.on_wake = lambda: woken.append(True)
    for _ in range(2):
        with pytest.raises(ValueError):
            later.hear("3", provider_id="SM1")
    assert later.everything() == before
    assert woken == []
    set_content(parts, content)
    assert later.hear("3", provider_id="SM1")
    assert later.row("answer").value == 3
    assert len(later.queued("reply")) == 1


def test_a_strangers_message_that_raises_leaves_no_citizen_behind(parts: Parts) -> None:
    found = parts.library
    speechless = Parts(parts.database, parts.vault, parts.clock, Library(found.revisions, found.lexicons, {"da": {}}))
    with pytest.raises(KeyError):
        speechless.hear("Hej", provider_id="SM1")
    assert speechless.rows("citizen") == speechless.rows("message") == []
    assert parts.hear("Hej", provider_id="SM1")
    assert len(parts.said()) == 1


def set_content(parts: Parts, content: str) -> None:
    with parts.database.transaction() as connection:
        connection.execute(update(flow_revisions).values(content=content))
