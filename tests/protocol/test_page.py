"""The look of all pages: colours that can be read (WCAG 2.1, 1.4.3: 4.5 to 1 for text)."""

import re
from importlib.resources import files

import pytest

STYLESHEET = (files("linkage.protocol") / "pages" / "page.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLESHEET))

READ_ON = [  # ink, paper
    ("ink", "paper"), ("ink", "panel"), ("ink", "caution-paper"), ("quiet", "paper"), ("quiet", "caution-paper"), ("accent", "paper"),
    ("accent", "caution-paper"), ("paper", "accent"), ("caution-ink", "caution-paper"), ("agree", "paper"), ("similar", "paper"),
    ("conflict", "paper"), ("missing", "paper"), ("agree", "caution-paper"), ("similar", "caution-paper"), ("conflict", "caution-paper"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, after WCAG 2.1."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails


@pytest.mark.parametrize(("ink", "paper"), READ_ON)
def test_texts_can_be_read(ink: str, paper: str) -> None:
    assert contrast(COLOURS[ink], COLOURS[paper]) >= 4.5
