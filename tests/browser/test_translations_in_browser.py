from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.looking import assert_accessible


def test_the_translations_are_accessible_and_scroll_within_their_own_frame(page: Page) -> None:
    page.get_by_role("link", name="Translations").click()
    expect(page.get_by_role("table", name="Translated texts of each language")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert_accessible(page)


def test_a_narrow_screen_reaches_the_last_column_with_the_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto("/translations")
    frame = page.get_by_role("region", name="Translated texts of each language")
    frame.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("frame => frame.scrollLeft > 0", arg=frame.element_handle())


def test_a_name_that_runs_from_right_to_left_does_so(page: Page) -> None:
    page.goto("/translations")
    name = page.get_by_role("row", name="العربية").locator("[lang=ar]")
    assert name.evaluate("name => getComputedStyle(name).direction") == "rtl"
