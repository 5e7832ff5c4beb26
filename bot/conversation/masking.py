"""Danish personal numbers (CPR, ten digits) are taken out of a text before anyone stores or logs it."""

from __future__ import annotations

import re

CPR_MASK = "[CPR]"
_GAP = r"[\s.\-–—/_]{0,3}"
_CPR_LIKE = re.compile(rf"(?<![\d+])\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{4}}(?!\d)")


def mask_cpr(text: str) -> str:
    """Ten digits in a CPR number's groups, in any script, with or without separators -> `[CPR]`."""
    return _CPR_LIKE.sub(CPR_MASK, text)
