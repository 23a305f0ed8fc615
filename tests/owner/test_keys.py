"""The epoch key: three owners who were told the same hold the same key; anyone told otherwise holds another."""

import os
import pickle
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from linkage.owner.keys import (
    EncodingKey,
    EpochTerms,
    collect,
    combine,
    contribute,
    contribution_path,
)
from linkage.protocol.errors import InvalidKey, InvalidPackage
from linkage.protocol.sealing import Draft, seal
from tests.vectors.make_sealing import AGREEMENT, keys_for_tests

OWNERS = {name: keys_for_tests(name) for name in ("ca", "mx", "us")}
PUBLIC = {name: keys.public() for name, keys in OWNERS.items()}
TERMS = EpochTerms(AGREEMENT, "2026-11", timedelta(days=14))
SIZES = {"suspect": 1000, "firearm": 200}
SECRETS = {"ca": b"c" * 32, "mx": b"m" * 32, "us": b"u" * 32}


def exchange(folder: Path, sizes: dict[str, dict[str, int]] | None = None) -> Path:
    """All contributions of an honest epoch in one folder."""
    for name, keys in OWNERS.items():
        others = [public for other, public in PUBLIC.items() if other != name]
        contribute(keys, others, TERMS, folder, (sizes or {}).get(name, SIZES))
    return folder


def key_of(owner: str, folder: Path, terms: EpochTerms = TERMS) -> EncodingKey:
    return collect(folder, OWNERS[owner], PUBLIC, terms, datetime.now(UTC)).combine()


def test_three_owners_hold_the_same_key(tmp_path: Path) -> None:
    folder = exchange(tmp_path)
    checks = {key_of(owner, folder).key_check_value() for owner in OWNERS}
    assert len(checks) == 1
    assert collect(folder, OWNERS["mx"], PUBLIC, TERMS, datetime.now(UTC)).declared_sizes == dict.fromkeys(OWNERS, SIZES)
    assert len(os.listdir(folder)) == 9


def test_golden_epoch_key() -> None:
    key = combine(SECRETS, "2026-11", AGREEMENT, dict.fromkeys(SECRETS, SIZES))
    assert key.key_check_value() == "1a5b95546cc452b0f027cdb84ca43b39"
    assert key.derive("trilink/v1/filter/suspect/surname_1").hex() == "063e889a73422bc2d63dff7893984c1e2ec652611e77d3f17c8186749afeca34"


OTHERWISE = [  # every change of what an owner was told gives another key
    ("one secret", combine(SECRETS | {"us": b"v" * 32}, "2026-11", AGREEMENT)),
    ("secrets swapped", combine(SECRETS | {"us": SECRETS["mx"], "mx": SECRETS["us"]}, "2026-11", AGREEMENT)),
    ("epoch", combine(SECRETS, "2026-12", AGREEMENT)),
    ("agreement", combine(SECRETS, "2026-11", "0" * 64)),
    ("two owners", combine({name: SECRETS[name] for name in ("mx", "us")}, "2026-11", AGREEMENT)),
    ("another owner", combine({"mx": SECRETS["mx"], "us": SECRETS["us"], "gt": SECRETS["ca"]}, "2026-11", AGREEMENT)),
    ("declared sizes", combine(SECRETS, "2026-11", AGREEMENT, {"mx": {"suspect": 1}})),
]


@pytest.mark.parametrize(("name", "key"), OTHERWISE, ids=[case[0] for case in OTHERWISE])
def test_told_otherwise_keyed_otherwise(name: str, key: EncodingKey) -> None:
    assert key.key_check_value() != combine(SECRETS, "2026-11", AGREEMENT).key_check_value()


def test_order_of_owners_does_not_matter() -> None:
    backwards = dict(reversed(SECRETS.items()))
    assert combine(backwards, "e", "a").key_check_value() == combine(SECRETS, "e", "a").key_check_value()


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        ({"mx": b"m" * 32}, "two or more"),
        ({}, "two or more"),
        ({"mx": b"m" * 31, "us": b"u" * 32}, "contribution of mx is 31 bytes"),
    ],
)
def test_too_few_or_wrong_contributions(secrets: dict[str, bytes], says: str) -> None:
    with pytest.raises(InvalidKey, match=says):
        combine(secrets, "2026-11", AGREEMENT)


def test_other_sizes_to_another_owner_show_in_the_key_check_value(tmp_path: Path) -> None:
    folder = exchange(tmp_path)
    lie = Draft("contribution", AGREEMENT, "2026-11", {"declared_sizes": {"suspect": 5}}, TERMS.lifetime)
    to_ca = contribution_path(folder, "2026-11", "us", "ca")
    with_same_secret = collect(folder, OWNERS["ca"], PUBLIC, TERMS, datetime.now(UTC))._secrets["us"]
    seal(lie, {"secret": with_same_secret}, PUBLIC["ca"], OWNERS["us"], to_ca)
    assert key_of("ca", folder).key_check_value() != key_of("mx", folder).key_check_value()


def test_a_rerun_continues_with_the_same_contribution(tmp_path: Path) -> None:
    folder = exchange(tmp_path)
    check = key_of("ca", folder).key_check_value()
    contribution_path(folder, "2026-11", "mx", "us").unlink()
    exchange(folder)
    assert key_of("us", folder).key_check_value() == check
    with pytest.raises(InvalidKey, match="already contributed to epoch 2026-11 with other declared sizes"):
        exchange(folder, {"mx": {"suspect": 7}})


def swapped(folder: Path) -> None:
    shutil.copy(contribution_path(folder, "2026-11", "us", "ca"), contribution_path(folder, "2026-11", "us", "mx"))


def copied_from_another_owner(folder: Path) -> None:
    copy = collect(folder, OWNERS["us"], PUBLIC, TERMS, datetime.now(UTC))._secrets["ca"]
    send(folder, {"secret": copy}, {"declared_sizes": SIZES})


def send(folder: Path, parts: dict[str, bytes], body: dict[str, object]) -> None:
    draft = Draft("contribution", AGREEMENT, "2026-11", body, TERMS.lifetime)
    seal(draft, parts, PUBLIC["mx"], OWNERS["us"], contribution_path(folder, "2026-11", "us", "mx"))


MISHAPS = [  # what happens in mx's folder, what mx says
    ("missing", lambda folder: contribution_path(folder, "2026-11", "us", "mx").unlink(), "not there yet"),
    ("for another owner", swapped, "addressed to ca, and we are mx"),
    ("someone else's secret", copied_from_another_owner, "same contribution"),
    ("short secret", lambda folder: send(folder, {"secret": b"u"}, {"declared_sizes": {}}), "one part named secret"),
    ("two parts", lambda folder: send(folder, {"secret": b"u" * 32, "b": b""}, {}), "one part named secret"),
    ("no sizes", lambda folder: send(folder, {"secret": b"u" * 32}, {}), "declared_sizes"),
    ("sizes: text", lambda folder: send(folder, {"secret": b"u" * 32}, {"declared_sizes": {"a": "9"}}), "declared_sizes"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "mishap", "says"), MISHAPS, ids=[case[0] for case in MISHAPS])
def test_a_wrong_contribution_is_refused(name: str, mishap: object, says: str, tmp_path: Path) -> None:
    folder = exchange(tmp_path)
    mishap(folder)  # type: ignore[operator]
    with pytest.raises(InvalidPackage, match=says):
        key_of("mx", folder)


def test_sub_keys_go_by_name() -> None:
    key = EncodingKey(b"k" * 32)
    purposes = [f"trilink/v1/filter/suspect/{field}" for field in ("surname_1", "surname_2", "sex")]
    assert len({key.derive(purpose) for purpose in purposes}) == 3
    for nameless in ("0", "", "trilink/v1/", "surname_1"):
        with pytest.raises(InvalidKey):
            key.derive(nameless)


def test_keys_do_not_show(tmp_path: Path) -> None:
    key = EncodingKey(b"k" * 32)
    assert repr(key) == f"{key}" == "<EncodingKey: hidden>"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    contributions = collect(exchange(tmp_path), OWNERS["mx"], PUBLIC, TERMS, datetime.now(UTC))
    assert repr(contributions) == "<Contributions: 3 contributions, hidden>"


def test_an_encoding_key_has_32_bytes() -> None:
    with pytest.raises(InvalidKey, match="32 bytes, not 16"):
        EncodingKey(bytes(16))
