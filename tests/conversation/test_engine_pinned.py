"""A conversation keeps the flow it began with: what is stored of a revision is all there is to it."""

from __future__ import annotations

from itertools import zip_longest

import pytest

from bot.conversation.flow import FlowRevision
from tests.conversation.rehearsal import shipped_library
from tests.conversation.small_flows import (
    AGAIN,
    CALL,
    GRADE,
    PLACE,
    REASON,
    SCORE,
    THANKS,
    Citizen,
    small_flow,
    small_revision,
    when,
)

EVERYTHING = (
    SCORE,
    when(THANKS, score="0-6"),
    when(GRADE, score="critical"),
    PLACE,
    when(REASON, place="phone"),
    AGAIN,
    when(CALL, again="no", score="critical"),
)
REVISIONS = {**shipped_library().revisions, "every kind of step": small_revision(*EVERYTHING)}
REPLIES = ["2", "4", "B", "fordi", "nej", "ja", "ring", "ret til 9", "engelsk", "tak", "12", "hm", "7-8", "stop", "8"]


@pytest.mark.parametrize("name", REVISIONS)
def test_a_stored_revision_has_the_same_hash_and_content(name: str) -> None:
    pinned = FlowRevision.from_content(REVISIONS[name].content)
    assert pinned.hash == REVISIONS[name].hash
    assert pinned.content == REVISIONS[name].content
    assert pinned.flow == REVISIONS[name].flow
    assert {code: dict(texts) for code, texts in pinned.texts.items()} == {
        code: dict(texts) for code, texts in REVISIONS[name].texts.items()
    }


@pytest.mark.parametrize("name", REVISIONS)
@pytest.mark.parametrize("language", ["da", "en", None])
def test_a_stored_revision_holds_the_same_conversation(name: str, language: str | None) -> None:
    pinned = FlowRevision.from_content(REVISIONS[name].content)
    one, other = Citizen(REVISIONS[name], language), Citizen(pinned, language)
    for first, second in zip_longest(REPLIES, reversed(REPLIES)):
        assert (one.state, one.events, one.reads()) == (other.state, other.events, other.reads())
        one.says(first, second)
        other.says(first, second)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param({}, True, id="the same file is the same revision"),
        pytest.param({"retention": "720 hours"}, True, id="the same time in another unit is the same revision"),
        pytest.param({"ending": "Hav det godt."}, False, id="another text is another revision"),
        pytest.param({"retention": "31 days"}, False, id="another rule is another revision"),
    ],
)
def test_a_revision_is_known_by_what_it_says_and_does(change: dict[str, object], same: bool) -> None:
    flow = small_flow(SCORE)
    changed = type(flow).model_validate({**flow.model_dump(by_alias=True), **change})
    texts = {"da": dict(flow.texts())}
    assert (FlowRevision(flow, texts).hash == FlowRevision(changed, {"da": dict(changed.texts())}).hash) == same


def test_a_changed_translation_is_another_revision() -> None:
    flow = small_flow(SCORE)
    texts = dict(flow.texts())
    revisions = [
        FlowRevision(flow, {"da": texts, "en": {**texts, "ending": ending}}) for ending in ("Bye.", "So long.")
    ]
    assert revisions[0].hash != revisions[1].hash


def test_the_order_of_languages_does_not_matter_to_the_hash() -> None:
    flow = small_flow(SCORE)
    texts = dict(flow.texts())
    assert FlowRevision(flow, {"da": texts, "en": texts}).hash == FlowRevision(flow, {"en": texts, "da": texts}).hash


def test_a_step_may_be_called_needs() -> None:
    revision = small_revision({**AGAIN, "id": "needs"}, when(REASON, needs="yes"))
    assert FlowRevision.from_content(revision.content).hash == revision.hash
