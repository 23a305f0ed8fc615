"""The epoch key: three owners who were told the same hold the same key; anyone told otherwise holds another."""

import pickle

import pytest

from linkage.owner.keys import EncodingKey, combine
from linkage.protocol.errors import InvalidKey
from tests.vectors.make_sealing import AGREEMENT

SIZES = {"suspect": 1000, "firearm": 200}
SECRETS = {"ca": b"c" * 32, "mx": b"m" * 32, "us": b"u" * 32}


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


def test_sub_keys_go_by_name() -> None:
    key = EncodingKey(b"k" * 32)
    purposes = [f"trilink/v1/filter/suspect/{field}" for field in ("surname_1", "surname_2", "sex")]
    assert len({key.derive(purpose) for purpose in purposes}) == 3
    for nameless in ("0", "", "trilink/v1/", "surname_1"):
        with pytest.raises(InvalidKey):
            key.derive(nameless)


def test_keys_do_not_show() -> None:
    key = EncodingKey(b"k" * 32)
    assert repr(key) == f"{key}" == "<EncodingKey: hidden>"
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_an_encoding_key_has_32_bytes() -> None:
    with pytest.raises(InvalidKey, match="32 bytes, not 16"):
        EncodingKey(bytes(16))
