from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.conversation.phrases import PHRASES
from bot.web.factory import create_app
from tests.support.locales import ANNA, DRAFT, write_unfinished
from tests.support.system import build_system
from tests.web.apps import TWILIO
from tests.web.page import Element, Page, read_page


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Its locales are gone and its database was never there: the page needs neither."""
    folder = tmp_path_factory.mktemp("translations")
    write_unfinished(folder / "locales")
    system = build_system(f"sqlite:///{folder}/none.db", **{**TWILIO, "locales_dir": folder / "locales"})
    shutil.rmtree(folder / "locales")
    yield create_app(system).test_client()
    system.database.close()


@pytest.fixture(scope="module")
def page(client: FlaskClient) -> Page:
    answer = client.get("/translations")
    assert answer.status_code == 200
    return read_page(answer.text)


def row_of(page: Page, code: str) -> Element:
    (row,) = [row for row in page.one("tbody").all("tr") if row.one("th").one("code").text == code]
    return row


def cells_of(page: Page, code: str) -> list[str]:
    return [cell.line for cell in row_of(page, code).all("td")]


def test_the_table_has_a_caption_and_every_heading_its_direction(page: Page) -> None:
    table = page.one("table")
    assert table.one("caption").line == "Translated texts of each language"
    assert [head.line for head in table.all("th", scope="col")] == [
        *("Language", "The bot's phrases", "Flow samtalen", "Flow tilfredshed", "Lexicon", "Reviewed"),
    ]
    assert [head.line for head in table.all("th", scope="row")] == ["Dansk da", "العربية ar", "English en"]
    assert all("scope" in head.attributes for head in table.all("th"))


@pytest.mark.parametrize(("code", "direction"), [("da", "ltr"), ("ar", "rtl"), ("en", "ltr")])
def test_a_languages_name_is_marked_as_written_in_it(page: Page, code: str, direction: str) -> None:
    assert row_of(page, code).one("th").one("span").attributes == {"lang": code, "dir": direction}


def test_every_row_tells_what_the_command_tells(page: Page) -> None:
    whole = len(PHRASES)
    danish, arabic, english = (cells_of(page, code) for code in ("da", "ar", "en"))
    assert [cells[0] for cells in (danish, arabic, english)] == [
        *(f"{whole} of {whole}", f"0 of {whole}", f"{whole - 1} of {whole}"),
    ]
    assert all(cell.endswith(" not offered") for cell in arabic[1:3] + english[1:3])
    assert not any("not offered" in cell for cell in danish)
    assert danish[3:] == ["yes", "source language"]
    assert arabic[3:] == ["yes", "no file"]
    assert english[3:] == ["yes", f"conversation.po: {ANNA} flows.po: {DRAFT}"]


def test_missing_texts_are_listed_below_their_language(page: Page) -> None:
    arabic, english = page.one("main").all("ul")
    assert [head.line for head in page.all("h3")][1] == "English en: 1 missing"
    assert [item.line for item in english.all("li")] == ["help"]
    *places, more = [item.line for item in arabic.all("li")]
    assert places == list(PHRASES)[:10]
    assert more.endswith(" more")


def test_the_front_page_leads_there(client: FlaskClient) -> None:
    assert 'href="/translations"' in client.get("/").text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_reading_is_possible(client: FlaskClient, method: str) -> None:
    assert client.open("/translations", method=method).status_code in (400, 405)


def test_the_page_carries_the_protective_headers(client: FlaskClient) -> None:
    assert "default-src 'none'" in client.get("/translations").headers["Content-Security-Policy"]
