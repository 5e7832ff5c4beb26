"""`python -m bench.misreadings`: what misread scales do to a plain survey and to this bot. See docs/misreadings.md."""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path

from bench.misreadings.picture import picture
from bench.misreadings.report import report
from bench.misreadings.simulation import simulate

_PICTURE = Path(__file__).parent.parent.parent / "docs" / "images" / "misreadings.svg"


def main() -> None:
    parser = ArgumentParser(
        prog="python -m bench.misreadings",
        description="Simulates citizens who misread the scale.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--citizens", type=int, default=5000, help="how many")
    parser.add_argument("--seed", type=int, default=2026, help="the same seed gives the same citizens")
    parser.add_argument("--picture", type=Path, default=_PICTURE, help="where the picture is drawn")
    options = parser.parse_args()
    simulation = simulate(options.citizens, options.seed)
    options.picture.write_text(picture(simulation), "utf-8")
    print(report(simulation, options.seed))


if __name__ == "__main__":
    main()
