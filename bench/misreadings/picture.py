"""The figures as one static picture: wrong scores by way of answering, as a plain survey and as this bot."""

from __future__ import annotations

from html import escape

from bench.misreadings.assumptions import Way
from bench.misreadings.figures import Row
from bench.misreadings.simulation import Simulation

_WIDTH, _LEFT, _RIGHT = 760, 230, 60
_TOP, _PER_ROW, _BAR = 92, 50, 16
_BOTTOM = 62
_LABELS = {Way.RIGHT: "another number came first"}
_STYLE = """
  :root { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --plain: #b35900; --bot: #0969a8; }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --plain: #f0883e; --bot: #58a6ff; }
  }
  .paper { fill: var(--paper); } .plain { fill: var(--plain); } .bot { fill: var(--bot); }
  text { fill: var(--ink); font: 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
  .title { font-size: 18px; font-weight: 600; } .soft { fill: var(--soft); } .end { text-anchor: end; }
"""


def picture(simulation: Simulation) -> str:
    rows = [row for row in simulation.by_way if row.wrong_as_plain or row.wrong_as_bot]
    everyone = simulation.totals.everyone
    height = _TOP + _PER_ROW * len(rows) + _BOTTOM
    most = max((max(row.wrong_as_plain, row.wrong_as_bot) for row in rows), default=1)
    title = f"Wrong scores stored: {everyone.wrong_as_plain} as a plain survey, {everyone.wrong_as_bot} with Borgersvar"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'height="{height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(_described(rows, everyone.citizens))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{height}" rx="8"/>',
            _text(24, 36, title, "title"),
            *_legend(),
            *(line for index, row in enumerate(rows) for line in _bars(row, _TOP + index * _PER_ROW, most)),
            _text(24, height - 38, f"{_basis(everyone.citizens)} Wrong: more than one point off.", "soft"),
            _text(24, height - 18, f"In {everyone.hidden} of them nothing gives the misreading away.", "soft"),
            "</svg>\n",
        ]
    )


def _legend() -> list[str]:
    lines, x = [], 24
    for name, label in (("plain", "plain survey: takes the first number"), ("bot", "Borgersvar: echoes and checks")):
        lines += [f'<rect class="{name}" x="{x}" y="54" width="14" height="14" rx="2"/>', _text(x + 22, 66, label)]
        x += 300
    return lines


def _bars(row: Row, top: int, most: int) -> list[str]:
    lines = [_text(_LEFT - 14, top + _BAR + 6, _label(row), "end")]
    for index, (name, count) in enumerate((("plain", row.wrong_as_plain), ("bot", row.wrong_as_bot))):
        y = top + index * (_BAR + 2)
        width = round(count / most * (_WIDTH - _LEFT - _RIGHT), 1)
        lines.append(f'<rect class="{name}" x="{_LEFT}" y="{y}" width="{width}" height="{_BAR}" rx="2"/>')
        lines.append(_text(_LEFT + width + 8, y + 13, str(count)))
    return lines


def _text(x: float, y: int, text: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text{marked} x="{x:g}" y="{y}">{escape(text)}</text>'


def _label(row: Row) -> str:
    return _LABELS.get(Way(row.label), row.label)


def _basis(citizens: int) -> str:
    return f"A simulation of {citizens:,} citizens, not a study."


def _described(rows: list[Row], citizens: int) -> str:
    counts = "; ".join(f"{_label(row)}: {row.wrong_as_plain} and {row.wrong_as_bot}" for row in rows)
    return f"Horizontal bars, plain survey and Borgersvar. {counts}. {_basis(citizens)}"
