"""Chromium, and the running product for it to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.running import Product, running
from tests.support.browser import chromium_path

if TYPE_CHECKING:
    from _pytest.tmpdir import TempPathFactory

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        missing = "there is no Chromium on this machine"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def product(browser: Browser, tmp_path_factory: TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("product")) as product:
        yield product


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    """The simulator on a wide screen. Whatever the browser complains of fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page = browser.new_page(base_url=product.address, viewport={"width": 1400, "height": 900})
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/simulator")
    yield page
    page.close()
    assert complaints == []
