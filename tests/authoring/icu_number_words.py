"""`python -m tests.authoring.icu_number_words` writes the number words of ICU to the table beside this file.

It needs PyICU, which needs a compiler and ICU itself: so what the tests read is the table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.authoring.loader import load_lexicons
from tests.support.system import ROOT

TABLE = Path(__file__).with_suffix(".tsv")
COLUMNS = ("language", "value", "word")
VALUES = (*range(21), 100)
# Read with the lexicon of another language, or spelled in a way of their own.
VARIANTS = ("fa_AF", "hr", "sr", "sr_Latn")
_CARDINALS = ("%spellout-cardinal", "%spellout-numbering")
_SOFT_HYPHEN = "\u00ad"


def languages() -> list[str]:
    return sorted([*load_lexicons(ROOT / "locales").by_language, *VARIANTS])


def write_table() -> None:
    import icu

    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# ICU {icu.ICU_VERSION}, CLDR's spell-out rules, taken with {Path(__file__).name}\n")
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(COLUMNS)
        for language in languages():
            rows.writerows((language, value, word) for value, word in sorted(set(_cardinals(icu, language))))


def _cardinals(icu: Any, language: str) -> Iterator[tuple[int, str]]:
    """Nothing for a language ICU has no rules for: it would answer in the machine's language, or in digits."""
    rules = icu.RuleBasedNumberFormat(icu.URBNFRuleSetTag.SPELLOUT, icu.Locale(language))
    if rules.getLocale(icu.ULocDataLocaleType.VALID_LOCALE).getName() != language:
        return
    for name in map(rules.getRuleSetName, range(rules.getNumberOfRuleSetNames())):
        if name.startswith(_CARDINALS) and not name.endswith("-year"):
            rules.setDefaultRuleSet(name)
            yield from ((value, rules.format(value).replace(_SOFT_HYPHEN, "")) for value in VALUES)


if __name__ == "__main__":
    write_table()
