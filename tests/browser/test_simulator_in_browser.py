"""The simulator in Chromium, against the running product: whole conversations, the keyboard, small screens, axe."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.browser.looking import assert_accessible
from tests.browser.running import Product

DANISH, ARABIC, UNKNOWN, UKRAINIAN, ENGLISH, LATER = (f"+452000000{number}" for number in range(1, 7))
SECONDS = 1_000


def phone_of(page: Page, number: str) -> Locator:
    return page.locator(f'[data-phone="{number}"]')


def newest_of_ours(phone: Locator) -> Locator:
    return phone.locator(".from-us .body").last


def write(phone: Locator, text: str) -> None:
    """As the citizen; the text appears without a reload."""
    phone.get_by_role("textbox").fill(text)
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator(".from-citizen .body").last).to_have_text(text)
    expect(phone.get_by_role("textbox")).to_have_value("")


def answer(phone: Locator, text: str, reply: str) -> None:
    """Writes, and waits for the reply to come by itself."""
    write(phone, text)
    expect(newest_of_ours(phone)).to_contain_text(reply, timeout=10 * SECONDS)


def box_of(found: Locator) -> FloatRect:
    box = found.bounding_box()
    assert box is not None
    return box


def test_a_danish_conversation_ends_with_a_mail_to_the_team_leader(page: Page) -> None:
    phone = phone_of(page, DANISH)
    expect(newest_of_ours(phone)).to_contain_text("Svar 0-10", timeout=10 * SECONDS)
    assert_accessible(page)
    answer(phone, "3", "Noteret: 3 af 10")
    answer(phone, "Jeg ventede længe", "Vil du have, at en leder ringer til dig?")
    answer(phone, "JA", "en leder ringer til dig")
    mail = page.locator(".mail").first
    expect(mail).to_contain_text("kirsten.holm@example.org", timeout=10 * SECONDS)
    assert_accessible(page)
    case = mail.get_by_role("heading").inner_text().removeprefix("Opfølgning ")
    mail.get_by_role("link").click(no_wait_after=True)
    page.wait_for_url(f"**/cases/{case}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Case {case}")
    assert_accessible(page)


def test_an_arabic_conversation_runs_from_right_to_left(page: Page) -> None:
    phone = phone_of(page, ARABIC)
    expect(newest_of_ours(phone)).to_contain_text("الإجابة", timeout=10 * SECONDS)
    answer(phone, "٩", "9 من 10")
    assert_accessible(page)
    answer(phone, "الموظفة استمعت إلي جيدًا", "شكرًا على إجابتك")
    for side in (".from-us", ".from-citizen"):
        body = phone.locator(f"{side} .body").last
        assert body.evaluate("body => getComputedStyle(body).direction") == "rtl"
    assert box_of(phone.locator(".from-us").last)["x"] < box_of(phone.locator(".from-citizen").last)["x"]


def test_a_conversation_is_held_with_the_keyboard_alone(page: Page) -> None:
    phone = phone_of(page, ENGLISH)
    expect(newest_of_ours(phone)).to_contain_text("Reply 0-10", timeout=10 * SECONDS)
    field = phone.get_by_role("textbox")
    for _ in range(60):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    assert field.evaluate("field => getComputedStyle(field).outlineStyle") == "solid"
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    expect(newest_of_ours(phone)).to_contain_text("Noted: 10 of 10", timeout=10 * SECONDS)
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_arriving_texts_leave_focus_typing_and_scrolling_alone(page: Page) -> None:
    phone = phone_of(page, UNKNOWN)
    expect(newest_of_ours(phone)).to_contain_text("Svar 0-10", timeout=10 * SECONDS)
    log, field = phone.get_by_role("log"), phone.get_by_role("textbox")
    for number in range(4):
        write(phone, f"{number}? " * 40)
    log.evaluate("log => { log.scrollTop = -150 }")
    watched = page.locator("#" + str(phone.locator(".bubble").nth(-4).get_attribute("id")))
    before = box_of(watched)["y"]
    field.fill("half a sen")
    field.press("ArrowLeft")
    page.evaluate(
        """async (number) => {
            const form = document.querySelector(`[data-phone="${number}"] form`);
            const body = new FormData(form);
            body.set("body", "7");
            await fetch(form.action, { method: "POST", body });
        }""",
        UNKNOWN,
    )
    expect(phone.locator(".from-citizen .body").last).to_have_text("7", timeout=10 * SECONDS)
    expect(field).to_be_focused()
    expect(field).to_have_value("half a sen")
    assert field.evaluate("field => field.selectionStart") == len("half a se")
    assert abs(box_of(watched)["y"] - before) < 1


def test_a_stranger_gets_a_phone_and_the_keyboard_goes_there(page: Page) -> None:
    page.get_by_label("Phone number").fill("30 40 50 60")
    page.get_by_label("First text").fill("Hvem er I?")
    page.get_by_role("button", name="Send from this phone").click()
    phone = phone_of(page, "+4530405060")
    expect(phone.get_by_role("textbox")).to_be_focused()
    expect(newest_of_ours(phone)).to_contain_text("Vi har ingen spørgsmål", timeout=10 * SECONDS)


def test_a_narrow_screen_needs_no_scrolling_sideways(page: Page) -> None:
    expect(newest_of_ours(phone_of(page, DANISH))).to_be_visible(timeout=10 * SECONDS)
    write(phone_of(page, LATER), "w" * 300)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    first, second = (box_of(phone_of(page, number)) for number in (DANISH, ARABIC))
    assert second["y"] > first["y"] + first["height"]
    assert_accessible(page)


def test_without_javascript_the_page_works_by_reloading(browser: Browser, product: Product) -> None:
    page = browser.new_page(base_url=product.address, java_script_enabled=False)
    page.goto("/simulator")
    phone = phone_of(page, LATER)
    phone.get_by_role("textbox").fill("STOP")
    phone.get_by_role("button", name="Send").click()
    expect(page).to_have_url(re.compile(r"/simulator#phone-\d+$"))
    expect(phone.locator(".from-citizen .body").last).to_have_text("STOP")
    page.get_by_role("link", name="reload the page").click()
    expect(phone.locator(".from-citizen .body").last).to_be_visible()
    page.close()


def test_two_days_later_an_unanswered_phone_gets_a_reminder(page: Page) -> None:
    phone = phone_of(page, UKRAINIAN)
    expect(newest_of_ours(phone)).to_be_visible(timeout=10 * SECONDS)
    texts = phone.locator(".from-us")
    before = texts.count()
    for day in ("Wednesday 25", "Thursday 26"):
        page.get_by_role("button", name="+1 day").click()
        expect(page.locator("#clock")).to_contain_text(f"{day} November 2026")
    expect(page.get_by_role("button", name="+1 day")).to_be_focused()
    expect(texts).to_have_count(before + 1, timeout=15 * SECONDS)
    expect(phone.locator(".day").last).to_have_text("Thursday 26 November 2026")
    assert_accessible(page)


def test_no_log_tells_a_number_or_a_text(page: Page, product: Product) -> None:
    write(phone_of(page, LATER), "en hemmelig sætning")
    logged = "".join(log.read_text() for log in product.logs)
    assert "worker started" in logged
    assert not re.search(r"2000000\d|20 00 00 0\d|hemmelig", logged)
