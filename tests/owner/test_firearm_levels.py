"""Calibres of firearms, equal, compatible or different, and types, of one class or not: levels of the shipped agreement (DOMAIN 1.1)."""

from pathlib import Path

import numpy as np
import pytest

from linkage.owner.encoded_records import measuring_key
from linkage.owner.encoding import Encoder
from linkage.owner.features import feature_table
from linkage.owner.normalisation import normalise
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import read_agreement
from linkage.protocol.similarity import levels_of, pattern_codes

AGREEMENT = read_agreement(Path(__file__).parents[2] / "configs" / "agreement.toml")
BLOCKS = 200  # tokens under which each pair is compared: where features land is chance
DIFFERENT, SAME_CLASS = 1, 2
CALIBRE_COMPATIBLE, CALIBRE_EQUAL = 2, 3

CALIBRES = [  # left, right, level, why
    ("9mm", "9 mm Luger", CALIBRE_EQUAL, "one cartridge, two spellings"),
    ("9x19", "9 mm parabellum", CALIBRE_EQUAL, "one cartridge, two spellings"),
    (".223", "5.56x45", CALIBRE_COMPATIBLE, "chambers that take each other's cartridge"),
    (".308 Win", "7.62x51", CALIBRE_COMPATIBLE, "the same"),
    (".357 Magnum", ".38 Special", CALIBRE_COMPATIBLE, "a .357 fires .38 Special"),
    ("7.62", "7.62x39", CALIBRE_COMPATIBLE, "what a bare 7.62 may be"),
    ("7.62", ".308", CALIBRE_COMPATIBLE, "what a bare 7.62 may be"),
    (".38", ".38 Special", CALIBRE_COMPATIBLE, "what a bare .38 may be"),
    (".38", ".38 Super", CALIBRE_COMPATIBLE, "what a bare .38 may be"),
    ("9 mm", "9x18 Makarov", CALIBRE_COMPATIBLE, "a Makarov is written 9 mm too"),
    ("9mm", ".380 ACP", DIFFERENT, "two cartridges"),
    ("9mm", ".40 S&W", DIFFERENT, "two cartridges"),
    ("7.62x39", "7.62x51", DIFFERENT, "neither fits the other's chamber"),
    (".357 Magnum", ".38 Super", DIFFERENT, "both are compatible with .38, not with each other"),
    ("12 gauge", ".22 LR", DIFFERENT, "two cartridges"),
]
TYPES = [  # by their coarse class alone: decision 0013 says why
    ("pistola", "pistol", SAME_CLASS, "two languages"),
    ("rifle", "carbine", SAME_CLASS, "one class"),
    ("arma larga", "arme longue", SAME_CLASS, "both coarse"),
    ("pistol", "handgun", SAME_CLASS, "a handgun may be a pistol"),
    ("arma larga", "rifle", SAME_CLASS, "a long gun may be a rifle"),
    ("escopeta", "fusil", SAME_CLASS, "fusil is any long gun"),
    ("pistol", "revolver", SAME_CLASS, "both are handguns, and not one thing"),
    ("rifle", "shotgun", SAME_CLASS, "both are long guns, and not one thing"),
    ("arma corta", "arma larga", DIFFERENT, "a short gun and a long one"),
    ("pistol", "arma larga", DIFFERENT, "a short gun and a long one"),
    ("revolver", "rifle", DIFFERENT, "a short gun and a long one"),
]


def levels(field: str, left: str, right: str) -> list[int]:
    """The level of two typed values under each of the tokens."""
    whole = AGREEMENT.entities["firearm"]
    rule = whole.model_copy(update={"filters": {field: whole.filters[field]}, "groups": [], "passes": {}})
    cells: list[tuple[object, ...]] = [(normalise(field, text),) for text in (left, right)]
    variants = variants_of(CanonicalRecords(["a", "b"], ["", ""], {field: cells}), rule)
    narrow = AGREEMENT.model_copy(update={"entities": {"firearm": rule}})
    encoder = Encoder(feature_table(variants, rule), narrow, "firearm", measuring_key(field))
    tokens = np.repeat(np.random.default_rng(5).integers(0, 2**64, (BLOCKS, 2), dtype=np.uint64), 2, axis=0)
    filters = encoder.encode(tokens, np.tile([0, 1], BLOCKS))
    sides = filters.filters[field].reshape(BLOCKS, 2, -1)
    held = filters.held.reshape(BLOCKS, 2, 1)
    one, other = (_Side({field: np.ascontiguousarray(sides[:, at])}, 1 - held[:, at].astype(np.int64)) for at in (0, 1))
    rows = np.arange(BLOCKS, dtype=np.uint32)
    return [int(level) for level in levels_of(pattern_codes(rule, AGREEMENT.encoding.diffusion, one, other, (rows, rows)), rule)[:, 0]]


class _Side:
    def __init__(self, filters: dict[str, np.ndarray], tags: np.ndarray) -> None:
        self.filters, self.tags = filters, tags


@pytest.mark.parametrize(("left", "right", "level", "why"), CALIBRES)
def test_calibres(left: str, right: str, level: int, why: str) -> None:
    found = levels("calibre", left, right)
    assert found.count(level) >= 0.95 * BLOCKS, why


@pytest.mark.parametrize(("left", "right", "level", "why"), TYPES)
def test_types(left: str, right: str, level: int, why: str) -> None:
    found = levels("firearm_type", left, right)
    assert found.count(level) >= 0.95 * BLOCKS, why
