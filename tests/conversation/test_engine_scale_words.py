"""The five words beside a scale: each stands for one value, and each value is named by one word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.flow import Scale
from tests.conversation.rehearsal import shipped_library

WORDS = ("worst", "bad", "middle", "good", "best")
SHIPPED = [
    pytest.param(scale, id=f"{flow}, {name}")
    for flow, revision in shipped_library().revisions.items()
    for name, scale in revision.flow.scales.items()
]


def scale(lowest: int, highest: int) -> Scale:
    return Scale(lowest=lowest, highest=highest, low_end="worst", high_end="best", words=WORDS)


SCALES = st.builds(scale, st.integers(0, 1), st.integers(3, 10))
FIVE_OR_MORE_VALUES = SCALES.filter(lambda scale: scale.highest - scale.lowest >= 4)


@pytest.mark.parametrize("scale", SHIPPED)
def test_a_chosen_word_is_echoed_by_the_same_word_on_every_shipped_scale(scale: Scale) -> None:
    assert [scale.word_index(scale.value_of_word(index)) for index in range(5)] == [0, 1, 2, 3, 4]


@given(FIVE_OR_MORE_VALUES)
def test_a_chosen_word_is_echoed_by_the_same_word(scale: Scale) -> None:
    assert [scale.word_index(scale.value_of_word(index)) for index in range(5)] == [0, 1, 2, 3, 4]


@given(SCALES)
def test_better_values_never_have_worse_words(scale: Scale) -> None:
    words = [scale.word_index(value) for value in range(scale.lowest, scale.highest + 1)]
    assert words == sorted(words)
    assert (words[0], words[-1]) == (0, 4)


@given(SCALES)
def test_both_halves_of_a_scale_are_named_alike(scale: Scale) -> None:
    values = range(scale.lowest, scale.highest + 1)
    words = [scale.word_index(value) for value in values]
    middle = len(words) // 2
    assert words[:middle] == [4 - word for word in reversed(words)][:middle]


@given(SCALES, st.integers(0, 4))
def test_a_word_stands_for_a_value_on_the_scale(scale: Scale, index: int) -> None:
    assert scale.value_of_word(index) in scale


@given(SCALES)
def test_the_outer_words_stand_for_the_ends(scale: Scale) -> None:
    assert (scale.value_of_word(0), scale.value_of_word(4)) == (scale.lowest, scale.highest)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        pytest.param(0, "worst", id="0 of 10"),
        pytest.param(2, "bad", id="2 of 10, the example in DESIGN"),
        pytest.param(5, "middle", id="5 of 10"),
        pytest.param(8, "good", id="8 of 10"),
        pytest.param(10, "best", id="10 of 10"),
    ],
)
def test_words_from_zero_to_ten(value: int, word: str) -> None:
    assert WORDS[scale(0, 10).word_index(value)] == word
