"""What it costs to read a reply and to recognise a language: CPU microseconds, typical and at worst.

Run with `python -m bench.read_reply`. The worst are texts of 1,600 characters made to be slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from bot.authoring.loader import Library, load_library
from bot.authoring.read_replies import read_line

ROOT = Path(__file__).parent.parent
LONGEST = 1_600
TRIALS = 5
SLOW = {
    "digits": "1 " * LONGEST,
    "ranges": "1-2," * LONGEST,
    "fractions": "1/" * LONGEST,
    "phrases": "jeg giver jer 8 til mødet, ikke 3, " * LONGEST,
    "number words": "otte " * LONGEST,
    "one letter wrong": "ottte " * LONGEST,
    "one long word": "a" * LONGEST,
    "marks on one letter": "a" + "\u0301\u0316\u0334" * LONGEST,
    "marks on many letters": "a\u0316\u0301\u0334\u0327" * LONGEST,
    "ligatures that unfold": "\ufdfb\ufdfc\u3300" * LONGEST,
    "emoji": "👍🏽👎" * LONGEST,
    "every character once": "".join(map(chr, range(0x2000, 0x2000 + LONGEST))),
    "lone surrogates": "\ud800" * LONGEST,
    "Arabic": "ثمانية من عشرة، " * LONGEST,
}


def main() -> None:
    library = load_library(ROOT / "flows", ROOT / "locales")
    library.warm_up()
    replies = list(_typical())
    print(f"reading a reply: {_mean(replies, lambda line: read_line(line, library.lexicons)):.0f} on the average")
    for name, text in SLOW.items():
        cost = max(_least(partial(_read, library, code, text[:LONGEST])) for code in ("da", "ar", "und"))
        print(f"  {name}, {LONGEST} characters: {cost:.0f}")
    texts = [line.split("\t")[2] for line in replies]
    print(f"recognising a language: {_mean(texts, library.detect):.0f} on the average")
    print(
        f"  {LONGEST} characters: {_least(lambda: library.detect(('vi talte om et job og ' * LONGEST)[:LONGEST])):.0f}"
    )


def _typical() -> Iterable[str]:
    for file in sorted((ROOT / "tests/replies/develop").glob("??.tsv")):
        for row in file.read_text("utf-8").splitlines()[1:]:
            scale, _outcome, _kind, text = row.split("\t")
            yield f"{file.stem}\t{scale}\t{text}"


def _read(library: Library, code: str, text: str) -> None:
    read_line(f"{code}\t0-10\t{text}", library.lexicons)


def _mean(texts: list[str], work: Callable[[str], object]) -> float:
    start = time.process_time()
    for text in texts:
        work(text)
    return 1e6 * (time.process_time() - start) / len(texts)


def _least(work: Callable[[], object]) -> float:
    """Of several trials the quickest: the others measure the machine."""
    costs = []
    for _ in range(TRIALS):
        start = time.process_time()
        work()
        costs.append(time.process_time() - start)
    return 1e6 * min(costs)


if __name__ == "__main__":
    main()
