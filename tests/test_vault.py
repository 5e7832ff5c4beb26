from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.vault import UnknownDataKeyError, Vault

OLD, NEW, LOOKUP = "an-old-data-key-0123456789", "a-new-data-key-0123456789", "a-lookup-key-0123456789"
PHONE = "+4520123456"


@settings(max_examples=50, deadline=None)
@given(text=st.text() | st.text(st.characters(categories=["Cs"]), min_size=1))
def test_what_is_sealed_opens_again(text: str) -> None:
    vault = Vault([OLD], LOOKUP)
    assert vault.open(vault.seal(text)) == text


def test_a_sealed_text_shows_nothing_and_never_looks_the_same_twice() -> None:
    vault = Vault([OLD], LOOKUP)
    sealed = [vault.seal(PHONE) for _ in range(100)]
    assert len(set(sealed)) == 100
    assert not any(PHONE.encode() in each for each in sealed)


def test_the_newest_key_seals_and_every_key_opens() -> None:
    before, during, after = Vault([OLD], LOOKUP), Vault([NEW, OLD], LOOKUP), Vault([NEW], LOOKUP)
    old, new = before.seal("gammel"), during.seal("ny")
    assert (during.open(old), during.open(new), after.open(new)) == ("gammel", "ny", "ny")
    with pytest.raises(UnknownDataKeyError):
        after.open(old)
    with pytest.raises(UnknownDataKeyError):
        before.open(new)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]), id="its last bit changed"),
        pytest.param(lambda sealed: bytes([sealed[0] ^ 1]) + sealed[1:], id="its key's id changed"),
        pytest.param(lambda sealed: sealed[:4] + bytes(12) + sealed[16:], id="its nonce changed"),
        pytest.param(lambda sealed: sealed[:20], id="cut in the text"),
        pytest.param(lambda sealed: sealed[:7], id="cut in the nonce"),
        pytest.param(lambda sealed: sealed[:4], id="only the key's id"),
        pytest.param(lambda sealed: b"", id="empty"),
    ],
)
def test_what_was_changed_does_not_open(change: object) -> None:
    vault = Vault([OLD], LOOKUP)
    assert callable(change)
    with pytest.raises(UnknownDataKeyError, match="DATA_KEYS"):
        vault.open(change(vault.seal("Hvor tilfreds er du?")))


def test_equal_numbers_meet_under_one_lookup_key_only() -> None:
    lookup = Vault([OLD], LOOKUP).lookup(PHONE)
    assert lookup == Vault([NEW], LOOKUP).lookup(PHONE)
    assert lookup != Vault([OLD], "another-lookup-key-0123456").lookup(PHONE)
    assert lookup != Vault([OLD], LOOKUP).lookup("+4520123457")
    assert len(lookup) == 64
    assert PHONE[1:] not in lookup


def test_a_lookup_can_not_be_had_from_the_data_key() -> None:
    assert Vault([OLD], OLD).lookup(PHONE) != Vault([OLD], LOOKUP).lookup(PHONE)


def test_a_vault_shows_no_key() -> None:
    assert not any(key in repr(vars(Vault([OLD, NEW], LOOKUP))) for key in (OLD, NEW, LOOKUP))
