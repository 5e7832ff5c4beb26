"""The simulator's page and its forms, without JavaScript."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event

from bot.services.simulator_view import MOST_BUBBLES, MOST_PHONES
from bot.system import System
from bot.web.factory import create_app
from tests.support.system import build_system
from tests.web.conftest import Visitor, Worker
from tests.web.page import read_page

DANISH, ARABIC, UNKNOWN, LATER = "+4520000001", "+4520000002", "+4520000003", "+4520000006"
STRANGER = "+4530405060"


class TestPhones:
    def test_an_empty_simulator_says_how_to_fill_it(self, visitor: Visitor) -> None:
        page = visitor.page()
        assert page.numbers == []
        assert "flask load-examples" in page.one(id="phones-note").text

    def test_each_invited_citizen_has_a_phone_in_the_order_of_the_meetings(
        self, visitor: Visitor, examples: str
    ) -> None:
        page = visitor.page()
        assert page.numbers == [f"+452000000{number}" for number in range(1, 7)]
        assert "+45 20 00 00 02" in page.phone(ARABIC).one("h3").text
        assert page.phone(ARABIC).one(class_="phone-head").one("p").line == "Arabic · Team Syd"

    def test_a_phone_without_texts_tells_when_the_invitation_comes(self, visitor: Visitor, examples: str) -> None:
        assert "planned for Tuesday 24 November 2026, 10:30" in visitor.page().phone(LATER).one(class_="day").line

    def test_a_text_appears_when_it_was_sent_not_when_it_was_queued(
        self, visitor: Visitor, worker: Worker, system: System, examples: str
    ) -> None:
        system.invite.send_due()
        assert visitor.page().texts(DANISH) == []
        worker.run()
        ((side, body),) = visitor.page().texts(DANISH)
        assert side == "us"
        assert body.startswith("Hej fra jobcentret.")

    def test_an_answer_takes_the_real_road_and_the_reply_stands_below_it(
        self, visitor: Visitor, worker: Worker, examples: str
    ) -> None:
        worker.run()
        answer = visitor.write(DANISH, "3")
        worker.run()
        page = visitor.page()
        assert answer.status_code == 303
        assert answer.location == "/simulator#" + page.phone(DANISH).attributes["id"]
        sides, bodies = zip(*page.texts(DANISH), strict=True)
        assert sides == ("us", "citizen", "us")
        assert bodies[1] == "3"
        assert bodies[2].startswith("Noteret: 3 af 10")

    def test_activity_does_not_reorder_the_phones(self, visitor: Visitor, worker: Worker, examples: str) -> None:
        before = visitor.page().numbers
        visitor.write(UNKNOWN, "hej")
        worker.run()
        assert visitor.page().numbers == before

    @pytest.mark.parametrize("typed", [STRANGER, "30405060", "+45 30 40 50 60"], ids=["E.164", "Danish", "spaced"])
    def test_a_stranger_gets_a_phone_after_those_who_were_invited(
        self, visitor: Visitor, worker: Worker, examples: str, typed: str
    ) -> None:
        visitor.write(typed, "Hvem er I?")
        worker.run()
        page = visitor.page()
        assert page.numbers[-1] == STRANGER
        assert page.phone(STRANGER).one(class_="phone-head").one("p").line == "Language not known · Not invited"
        assert [side for side, _ in page.texts(STRANGER)] == ["citizen", "us"]

    def test_only_the_newest_phones_are_shown_and_those_that_wrote_last(
        self, visitor: Visitor, examples: str, system: System
    ) -> None:
        for number in range(MOST_PHONES):
            visitor.write(f"+45303030{number:02}", "hej")
        visitor.write(DANISH, "hej")
        page = visitor.page()
        assert len(page.numbers) == MOST_PHONES
        assert page.numbers[0] == DANISH
        assert "24 of 30 phones are shown" in page.one(id="phones-note").line

    def test_a_phone_shows_its_last_texts(self, visitor: Visitor) -> None:
        for number in range(MOST_BUBBLES + 3):
            visitor.write(STRANGER, f"number {number}")
        bodies = [body for _, body in visitor.page().texts(STRANGER)]
        assert bodies == [f"number {number}" for number in range(3, MOST_BUBBLES + 3)]

    def test_an_erased_citizen_has_no_phone(self, visitor: Visitor, system: System, examples: str) -> None:
        system.privacy.forget(DANISH)
        assert DANISH not in visitor.page().numbers

    def test_erased_texts_leave_their_place(self, visitor: Visitor, worker: Worker, system: System) -> None:
        visitor.write(STRANGER, "hej")
        system.privacy.forget(STRANGER)
        visitor.write(STRANGER, "igen")
        assert visitor.page().texts(STRANGER)[-1] == ("citizen", "igen")


class TestLanguages:
    def test_an_arabic_text_runs_from_right_to_left(self, visitor: Visitor, worker: Worker, examples: str) -> None:
        worker.run()
        body = visitor.page().phone(ARABIC).one(class_="bubble").one(class_="body")
        assert body.attributes["lang"] == "ar"
        assert body.attributes["dir"] == "rtl"

    def test_what_the_citizen_types_finds_its_own_direction(
        self, visitor: Visitor, worker: Worker, examples: str
    ) -> None:
        worker.run()
        visitor.write(ARABIC, "9")
        phone = visitor.page().phone(ARABIC)
        assert phone.one("input", name="body").attributes["dir"] == "auto"
        answer = phone.one(class_="from-citizen").one(class_="body")
        assert (answer.attributes["lang"], answer.attributes["dir"]) == ("ar", "auto")

    def test_a_danish_text_stays_left_to_right_when_its_conversation_has_become_arabic(
        self, visitor: Visitor, worker: Worker, examples: str
    ) -> None:
        worker.run()
        visitor.write(UNKNOWN, "AR")
        worker.run()
        phone = visitor.page().phone(UNKNOWN)
        first, last = (bubble.one(class_="body").attributes for bubble in phone.all(class_="from-us"))
        assert (first["lang"], first["dir"]) == ("", "ltr")
        assert (last["lang"], last["dir"]) == ("ar", "rtl")
        assert phone.one(class_="phone-head").one("p").line.startswith("Arabic")

    def test_our_texts_tell_what_they_cost(self, visitor: Visitor, worker: Worker, examples: str) -> None:
        worker.run()
        visitor.write(ARABIC, "9")
        phone = visitor.page().phone(ARABIC)
        ours = phone.all(class_="from-us")[0].one(class_="meta").line
        assert re.fullmatch(r"\d\d:\d\d · [2-9] segments", ours)
        assert "segment" not in phone.one(class_="from-citizen").one(class_="meta").text


class TestClockAndMailbox:
    def test_the_clock_shows_office_time(self, visitor: Visitor) -> None:
        assert visitor.page().one(id="clock").line == "Tuesday 24 November 2026 10:00"

    @pytest.mark.parametrize(
        ("hours", "shown"),
        [("1", "Tuesday 24 November 2026 11:00"), ("24", "Wednesday 25 November 2026 10:00")],
        ids=["an hour", "a day"],
    )
    def test_the_clock_can_be_moved(self, visitor: Visitor, hours: str, shown: str) -> None:
        answer = visitor.post("/simulator/skip", hours=hours)
        assert (answer.status_code, answer.location) == (303, "/simulator")
        assert visitor.page().one(id="clock").line == shown

    def test_two_days_later_the_reminder_stands_under_its_own_day(
        self, visitor: Visitor, worker: Worker, examples: str
    ) -> None:
        worker.run()
        visitor.skip(24, 24)
        worker.run()
        phone = visitor.page().phone(DANISH)
        days = [day.line for day in phone.all(class_="day")]
        assert days == ["Tuesday 24 November 2026", "Thursday 26 November 2026"]
        assert "Vi hører gerne din mening" in phone.all(class_="bubble")[-1].text

    def test_a_case_puts_a_mail_in_the_mailbox_and_its_deputy_hears_when_nobody_called(
        self, visitor: Visitor, worker: Worker, examples: str
    ) -> None:
        worker.run()
        for reply in ("3", "Jeg ventede længe", "JA"):
            visitor.write(DANISH, reply)
            worker.run()
        mail = visitor.page().one(class_="mail")
        assert [part.line for part in mail.all("dd")] == [
            "no-reply@borgersvar.invalid",
            "kirsten.holm@example.org",
            "Tuesday 24 November 2026, 10:00",
        ]
        link = mail.one("a").attributes["href"]
        assert re.fullmatch(r"http://127\.0\.0\.1:8000/cases/[B-Z]{4}-[B-Z]{4}", link)
        assert visitor.client.get(link).status_code == 200
        visitor.skip(24, 24, 24)
        worker.run()
        newest, oldest = visitor.page().all(class_="mail")
        assert newest.one("h3").text.startswith("Fristen er overskredet")
        assert oldest.one("h3").text == mail.one("h3").text

    def test_a_silent_worker_is_told_of(self, visitor: Visitor, worker: Worker) -> None:
        assert "The worker is not running" in visitor.page().one(id="worker").text
        worker.run()
        assert visitor.page().one(id="worker").text == ""


class TestState:
    def test_nothing_new_is_told_in_an_empty_answer(self, visitor: Visitor, worker: Worker, examples: str) -> None:
        worker.run()
        client = visitor.client
        version = client.get("/simulator/state").headers["ETag"]
        same = client.get("/simulator/state", headers={"If-None-Match": version})
        assert (same.status_code, same.data) == (304, b"")
        visitor.write(DANISH, "3")
        changed = client.get("/simulator/state", headers={"If-None-Match": version})
        assert changed.status_code == 200
        assert changed.headers["Cache-Control"] == "no-store"

    def test_the_page_carries_the_version_of_what_it_shows(self, visitor: Visitor, examples: str) -> None:
        version = visitor.page().one(id="simulator").attributes["data-version"]
        answer = visitor.client.get("/simulator/state", headers={"If-None-Match": f'"{version}"'})
        assert answer.status_code == 304

    def test_the_page_takes_few_queries_however_many_phones(
        self, visitor: Visitor, worker: Worker, system: System, examples: str
    ) -> None:
        worker.run()
        visitor.write(STRANGER, "hej")
        asked: list[str] = []

        @event.listens_for(system.database.engine, "before_cursor_execute")
        def count(_c: Connection, _cursor: object, statement: str, *_more: object) -> None:
            asked.append(statement)

        visitor.client.get("/simulator/state")
        selects = [statement for statement in asked if statement.startswith("SELECT")]
        assert len(selects) <= 11

    def test_nothing_on_the_page_is_inline(self, visitor: Visitor, worker: Worker, examples: str) -> None:
        worker.run()
        html = visitor.client.get("/simulator").text
        page = read_page(html)
        assert [script.attributes["src"] for script in page.all("script")] == ["/static/simulator.js"]
        assert page.all("style") == []
        assert not re.search(r"<[^>]+\s(style|on\w+)=", html)

    def test_every_control_has_a_name(self, visitor: Visitor, examples: str) -> None:
        page = visitor.page()
        labels = {label.attributes["for"] for label in page.all("label")}
        inputs = [field for field in page.all("input") if field.attributes.get("type") != "hidden"]
        assert {field.attributes["id"] for field in inputs} == labels
        assert all(button.line for button in page.all("button"))


@pytest.fixture
def twilio_client(database_url: str) -> FlaskClient:
    system = build_system(
        database_url,
        channel="twilio",
        twilio_account_sid="AC00000000000000000000000000000000",
        twilio_auth_token="token",
        twilio_from="+4570000000",
        twilio_api_base_url="http://127.0.0.1:9",
        public_base_url="https://survey.example.dk",
    )
    system.database.close()
    return create_app(system).test_client()


class TestOtherPages:
    @pytest.mark.parametrize("path", ["/simulator", "/simulator/state", "/simulator/messages", "/simulator/skip"])
    def test_the_simulator_does_not_exist_on_a_real_channel(self, twilio_client: FlaskClient, path: str) -> None:
        assert twilio_client.get(path).status_code == 404
        assert twilio_client.post(path, data={"phone": STRANGER, "body": "hej"}).status_code == 404

    def test_the_front_page_of_a_real_channel_leads_to_the_checks(self, twilio_client: FlaskClient) -> None:
        links = [link.attributes["href"] for link in read_page(twilio_client.get("/").text).all("a")]
        assert {"/healthz", "/readyz", "/metrics"} <= set(links)

    def test_the_front_page_of_the_simulator_is_the_simulator(self, app: Flask) -> None:
        assert app.test_client().get("/").location == "/simulator"

    def test_a_case_tells_how_it_is_opened(self, app: Flask) -> None:
        page = read_page(app.test_client().get("/cases/BCDF-GHJK").text)
        commands = [code.text for code in page.all("code")]
        assert commands == ["flask case BCDF-GHJK", 'flask case BCDF-GHJK --close "What was done"']
