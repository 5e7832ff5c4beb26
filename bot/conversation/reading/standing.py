"""How a number stands in its sentence: as the rating itself, or among words that may make it anything."""

from __future__ import annotations

from typing import Literal

from bot.conversation.reading.mentions import Mention
from bot.conversation.reading.phrase_search import PhraseSearch
from bot.conversation.reading.tokens import TokenKind

# A mark of rating beside it; words around it that leave it as it is; words around it that nobody listed.
Neighbour = Literal["marked", "free", "bound"]

_MARKS_A_RATING = ("rating", "correct", "school_grade")
_PASSED_OVER = ("before_rating", "polite", "everyday")
_OPENS_A_CLAUSE = (
    "praise", "complaint", "yes", "no", "instead", "not_", "but", "after_rating", "names", "minus", "out_of_after",
    "not_after", "about",
)  # fmt: skip
_MAY_FOLLOW = (
    "after_rating", "praise", "complaint", "polite", "yes", "no", "instead", "out_of_after", "not_after",
    "but", "about", "question", "before_rating", "not_", "names",
)  # fmt: skip
_JOINING_MARKS = frozenset(":=\"'(*[#")
_CLOSING_MARKS = frozenset(",.:;!=-")
_LONGEST_ENDING = 4
_FEW_WORDS = 3
# A number that opens as many words is a rating with its reason: what it counted would be a unit right behind it.
_WORDS_OF_A_SENTENCE = 5
_SCHOOL_GRADES = range(1, 7)


def stands_as_rating(search: PhraseSearch, mention: Mention) -> bool:
    before, after = _before(search, mention.start), _after(search, mention.end)
    if mention.everyday or mention.misspelled:
        joined = has_a_top(search, mention) or _follows_self_correction(search, mention)
        marked = before == "marked" and after != "bound" and not _is_an_article(search, mention)
        article = mention.value == 1 and search.words > _FEW_WORDS
        short = after == "marked" and before != "bound" and not article
        return marked or short or joined or _is_alone(search, mention)
    if "marked" in (before, after) or before == after == "free":
        return True
    opens_a_sentence = mention.start == 0 and not mention.in_words and search.words >= _WORDS_OF_A_SENTENCE
    return opens_a_sentence or (search.contains("rating") and "free" in (before, after))


def _is_an_article(search: PhraseSearch, mention: Mention) -> bool:
    """`de giver en god service`: the word for one, before a word that may belong to a noun."""
    goes_on = search.begins_at(mention.end, "common_words", "polite", "out_of", "range", "but", "rating", "instead")
    return mention.value == 1 and search.kind(mention.end) is TokenKind.WORD and not goes_on


def may_be_a_second_rating(search: PhraseSearch, mention: Mention) -> bool:
    """Nothing after it says what it counts, or a small word before it says that it counts nothing."""
    return _after(search, mention.end) != "bound" or _passed_over(search, mention.start) < mention.start


def touches_rating_word(search: PhraseSearch, mention: Mention) -> bool:
    return "marked" in (_before(search, mention.start), _after(search, mention.end))


def is_school_grade(search: PhraseSearch, mention: Mention) -> bool:
    """`Note 2` where 1 is best and 6 worst; a longer phrase at any number: `10 som i skolen`."""
    at, end = _passed_over(search, mention.start), mention.end + (search.text(mention.end) == ",")
    if not (search.ends_at(at, "school_grade") or search.begins_at(end, "school_grade")):
        return False
    told_apart = max(search.ends_at(at, "school_grade"), search.begins_at(end, "school_grade")) > 1
    return told_apart or mention.value in _SCHOOL_GRADES


def has_a_top(search: PhraseSearch, mention: Mention) -> bool:
    """`to ud af fem`, `10 üzerinden 8`: the top of the scale follows, or stands before."""
    at = mention.end + search.begins_at(mention.end, "out_of")
    if at > mention.end and (search.kind(at) is TokenKind.NUMBER or search.number_at(at)[0] > 0):
        return True
    return bool(search.ends_at(mention.start, "out_of_after"))


def _is_alone(search: PhraseSearch, mention: Mention) -> bool:
    """As the whole reply but for courtesies and small words before it, or as its first or last clause: `well, one`."""
    courtesies = search.positions("polite")
    rest = range(mention.end, len(search.tokens))
    closes = all(search.kind(index) is TokenKind.MARK or index in courtesies for index in rest)
    start = _passed_over(search, mention.start)
    if start == 0:
        return closes or search.text(mention.end) in _CLOSING_MARKS
    return closes and search.text(start - 1) in _CLOSING_MARKS


def _follows_self_correction(search: PhraseSearch, mention: Mention) -> bool:
    if not search.ends_at(_passed_over(search, mention.start), "instead"):
        return False
    return any(search.kind(at) is TokenKind.NUMBER or search.number_at(at)[0] for at in range(mention.start))


def _passed_over(search: PhraseSearch, start: int) -> int:
    """Back over small words and joining marks: `svar: et stort 8`."""
    at = start
    while at > 0:
        step = search.ends_at(at, *_PASSED_OVER) or int(search.text(at - 1) in _JOINING_MARKS)
        if not step or search.ends_at(at, *_MARKS_A_RATING):
            break
        at -= step
    return at


def _before(search: PhraseSearch, start: int) -> Neighbour:
    at = _passed_over(search, start)
    if search.ends_at(at, *_MARKS_A_RATING):
        return "marked"
    if at == 0 or at < start or search.kind(at - 1) is not TokenKind.WORD or search.ends_at(at, *_OPENS_A_CLAUSE):
        return "free"
    if joint := search.ends_at(at, "range", "out_of"):
        if search.ends_at(at - joint, *_MARKS_A_RATING):
            return "marked"
        short = at == joint and search.words <= _FEW_WORDS
        return "free" if short or _is_number_before(search, at - joint) else "bound"
    return "free" if search.number_ends_at(at) else "bound"


def _is_number_before(search: PhraseSearch, at: int) -> bool:
    return search.kind(at - 1) is TokenKind.NUMBER or search.number_ends_at(at)


def _after(search: PhraseSearch, end: int) -> Neighbour:
    end = _past_ending(search, end)
    between = search.begins_at(end, "after_rating", "common_words", "before_rating")
    if search.begins_at(end, *_MARKS_A_RATING) or (between and search.begins_at(end + between, *_MARKS_A_RATING)):
        return "marked"
    may_follow = search.begins_at(end, *_MAY_FOLLOW)
    if (top := search.begins_at(end, "out_of")) >= max(may_follow, 1):
        return "free" if search.kind(end + top) is TokenKind.NUMBER or search.number_at(end + top)[0] else "bound"
    if search.kind(end) is not TokenKind.WORD or may_follow or search.number_at(end)[0]:
        return "free"
    joint = search.begins_at(end, "range", "introduces_measure")
    if joint and (search.kind(end + joint) is TokenKind.NUMBER or search.number_at(end + joint)[0]):
        return "free"
    return "bound"


def _past_ending(search: PhraseSearch, end: int) -> int:
    """An ending stuck to the number: `8er`, `8'i`, `8-ка`."""
    at = end
    if search.text(at) in ("-", "'") and search.is_glued(at) and search.is_glued(at + 1):
        at += 1
    ending = search.kind(at) is TokenKind.WORD and search.is_glued(at) and len(search.text(at)) <= _LONGEST_ENDING
    return at + 1 if ending and not search.begins_at(at, *_MARKS_A_RATING) else end
