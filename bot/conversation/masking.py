"""Danish personal numbers (CPR, ten digits) are taken out of a text before anyone stores or logs it."""

from __future__ import annotations

import re

CPR_MASK = "[CPR]"
# All dashes, the minus sign, and the invisible direction marks that right-to-left phones put around numbers.
_GAP = r"[\s.\-/_\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2066-\u2069]{0,4}"
_CPR_LIKE = re.compile(rf"(?<![\d+])\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{4}}(?!\d)")


def mask_cpr(text: str) -> str:
    """Ten digits in a CPR number's groups, in any script, with or without separators -> `[CPR]`."""
    return _CPR_LIKE.sub(CPR_MASK, text)
