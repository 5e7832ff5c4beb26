"""langdetect and py3langid, restricted to the languages on offer; loaded once, when first needed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from math import inf, log
from pathlib import Path

import langdetect
from langdetect.detector_factory import DetectorFactory
from langdetect.utils.lang_profile import LangProfile
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.conversation.language import LanguageDetector, script_groups
from bot.conversation.reading.lexicon import Lexicon

_PROFILES = Path(langdetect.__file__).parent / "profiles"
_LONGEST_GRAM = 3
# The share of an n-gram that a language's profile doesn't hold: half a ten-thousandth, as in langdetect itself.
_SHARE_OF_THE_UNSEEN = 0.5 / 10_000
_ALSO_CALLED = {"bs": ("bs", "hr", "sr")}
_CYRILLIC_OF_LATIN = {"lj": "љ", "nj": "њ", "dž": "џ"} | dict(
    zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True)
)


class LazyDetector:
    """`samples` are texts in each language, for those that langdetect brings no profile of."""

    def __init__(self, lexicons: Mapping[str, Lexicon], samples: Mapping[str, str]) -> None:
        self._lexicons = lexicons
        self._samples = samples

    def __call__(self, text: str) -> str | None:
        return self._detector(text)

    def load(self) -> None:
        """Done at start by the process that answers citizens: it takes about a second."""
        self._detector("hello world")

    @cached_property
    def _detector(self) -> LanguageDetector:
        return detector_of(self._lexicons, self._lexicons, self._samples)


def detector_of(
    languages: Iterable[str], lexicons: Mapping[str, Lexicon], samples: Mapping[str, str]
) -> LanguageDetector:
    codes = frozenset(languages)
    return LanguageDetector(codes, lexicons, [Py3langidOpinion(codes), LangdetectOpinion(codes, samples)])


class LangdetectOpinion:
    """langdetect's n-grams and profiles, of one script's languages at a time.

    Every n-gram is weighed once, where the library draws some at random: cheaper, and the same for the same text.
    """

    def __init__(self, languages: frozenset[str], samples: Mapping[str, str]) -> None:
        profiles = {code: found for code in languages if (found := _profiles(code, samples))}
        self.knows = frozenset(profiles)
        self._factories = {
            group: _factory([profile for code in sorted(group & self.knows) for profile in profiles[code]])
            for group in script_groups(languages)
            if group & self.knows
        }

    def __call__(self, text: str, among: frozenset[str]) -> Mapping[str, float]:
        factory = next(self._factories[group] for group in self._factories if among <= group)
        detector = factory.create()
        detector.append(text)
        detector.cleaning_text()
        totals = [0.0] * len(factory.langlist)
        for gram in detector._extract_ngrams():
            for index, share in enumerate(factory.word_lang_prob_map[gram]):
                totals[index] += log(share + _SHARE_OF_THE_UNSEEN)
        return _best_of_each(zip(factory.langlist, totals, strict=True), among)


def _best_of_each(scored: Iterable[tuple[str, float]], among: frozenset[str]) -> dict[str, float]:
    """One value a language, where a detector has several names or scripts for it."""
    best: dict[str, float] = {}
    for name, value in scored:
        code = name.partition("-")[0]
        if code in among:
            best[code] = max(value, best.get(code, -inf))
    return best


def _factory(profiles: list[LangProfile]) -> DetectorFactory:
    factory = DetectorFactory()
    for index, profile in enumerate(profiles):
        factory.add_profile(profile, index, len(profiles))
    return factory


def _profiles(code: str, samples: Mapping[str, str]) -> list[LangProfile]:
    if code == "bs":
        latin = json.loads((_PROFILES / "hr").read_text("utf-8"))
        return [LangProfile("bs", latin["freq"], latin["n_words"]), _in_cyrillic(latin["freq"], latin["n_words"])]
    path = _PROFILES / code
    if path.exists():
        found = json.loads(path.read_text("utf-8"))
        return [LangProfile(code, found["freq"], found["n_words"])]
    return [_profile_of_text(code, samples[code])] if samples.get(code) else []


def _in_cyrillic(freq: Mapping[str, int], totals: list[int]) -> LangProfile:
    """The same language in its other script: langdetect brings only the Latin profile."""
    turned: Counter[str] = Counter()
    for gram, count in freq.items():
        lower = gram.lower()
        for latin, cyrillic in _CYRILLIC_OF_LATIN.items():
            lower = lower.replace(latin, cyrillic)
        if not any("a" <= sign <= "z" for sign in lower):
            turned[lower] += count
    return LangProfile("bs-cyrillic", dict(turned), list(totals))


def _profile_of_text(code: str, text: str) -> LangProfile:
    grams: list[Counter[str]] = [Counter() for _ in range(_LONGEST_GRAM)]
    for word in text.lower().split():
        padded = f" {word} "
        for size in range(1, _LONGEST_GRAM + 1):
            grams[size - 1].update(padded[at : at + size] for at in range(len(padded) - size + 1))
    del grams[0][" "]
    return LangProfile(code, dict(sum(grams, Counter())), [sum(counted.values()) for counted in grams])


class Py3langidOpinion:
    """py3langid's raw scores, restricted to our languages."""

    def __init__(self, languages: frozenset[str]) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
        ours = {name: code for code in languages for name in _ALSO_CALLED.get(code, (code,))}
        self._ours = {name: code for name, code in ours.items() if name in self._identifier.labels}
        self._identifier.set_languages(list(self._ours))
        self.knows = frozenset(self._ours.values())

    def __call__(self, text: str, among: frozenset[str]) -> Mapping[str, float]:
        return _best_of_each(((self._ours[name], score) for name, score in self._identifier.rank(text)), among)
