from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.masking import CPR_MASK, mask_cpr


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("0102031234", id="ten digits"),
        pytest.param("010203-1234", id="a hyphen"),
        pytest.param("010203 - 1234", id="a hyphen with spaces"),
        pytest.param("010203 1234", id="a space"),
        pytest.param("01 02 03 1234", id="in pairs"),
        pytest.param("01-02-03-1234", id="in pairs with hyphens"),
        pytest.param("01.02.03-1234", id="in pairs with dots"),
        pytest.param("01/02/03 1234", id="in pairs with slashes"),
        pytest.param("010203–1234", id="a dash"),
        pytest.param("010203—1234", id="a long dash"),
        pytest.param("010203_1234", id="an underscore"),
        pytest.param("010203\u00a01234", id="a hard space"),
        pytest.param("010203\n1234", id="a line break"),
        pytest.param("010203\u20111234", id="a hard hyphen"),
        pytest.param("010203\u22121234", id="a minus sign"),
        pytest.param("010203\u200e-\u200e1234", id="marks of direction around its parts"),
        pytest.param("610203-1234", id="a replacement number, whose day has 60 added"),
        pytest.param("٠١٠٢٠٣-١٢٣٤", id="Arabic digits"),
        pytest.param("۰۱۰۲۰۳۱۲۳۴", id="Persian digits"),
        pytest.param("०१०२०३-१२३४", id="Devanagari digits"),
        pytest.param("０１０２０３-１２３４", id="full-width digits"),
    ],
)
@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("{}", id="alone"),
        pytest.param("Mit CPR er {}, ring til mig", id="in a sentence"),
        pytest.param("cpr:{}.", id="between marks"),
        pytest.param("cpr{}tak", id="between letters"),
        pytest.param("8 {} 9", id="between other numbers"),
        pytest.param("رقمي {} شكرا", id="from right to left"),
        pytest.param("{} og {}", id="twice"),
    ],
)
def test_a_cpr_number_is_masked_however_it_is_written(number: str, sentence: str) -> None:
    assert mask_cpr(sentence.replace("{}", number)) == sentence.replace("{}", CPR_MASK)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("+4520123456", id="a phone number with its country"),
        pytest.param("+45 20 12 34 56", id="the same in pairs"),
        pytest.param("004520123456", id="with two zeros"),
        pytest.param("20123456", id="a Danish phone number"),
        pytest.param("20 12 34 56", id="the same in pairs"),
        pytest.param("8", id="a score"),
        pytest.param("7-8", id="two scores"),
        pytest.param("24-11-2026 10:30", id="a date and a time"),
        pytest.param("1234567890123", id="a longer number"),
        pytest.param("123456789", id="a shorter number"),
        pytest.param("kl. 10.30 den 24.11.26", id="a time and a date"),
        pytest.param("jeg fik 500 kr i 2019, 2020 og 2021", id="an amount and years"),
        pytest.param("", id="nothing"),
        pytest.param("٨ من ١٠", id="a score in Arabic digits"),
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask_cpr(text) == text


@settings(max_examples=200, deadline=None)
@given(
    before=st.text(st.characters(categories=["L", "P", "Zs"], exclude_characters="+.-–—/_"), max_size=5),
    digits=st.from_regex(r"[0-9]{10}", fullmatch=True),
    gap=st.sampled_from(["", "-", " ", " - "]),
    after=st.text(st.characters(categories=["L", "P", "Zs"]), max_size=5),
)
def test_no_ten_digits_in_a_row_survive(before: str, digits: str, gap: str, after: str) -> None:
    assert mask_cpr(f"{before}{digits[:6]}{gap}{digits[6:]}{after}") == f"{before}{CPR_MASK}{after}"


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_cpr(mask_cpr(text)) == mask_cpr(text)


def test_a_very_long_text_is_masked_in_time() -> None:
    text = "01 02 03 " * 20_000 + "0102031234"
    assert mask_cpr(text).endswith(CPR_MASK)
