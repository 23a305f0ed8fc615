"""The agreement is signed by all parties, keys and all; anything else is refused by name."""

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import tomlkit
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linkage.protocol.agreement import read_agreement
from linkage.protocol.agreement_signatures import read_signature, require_signed, sign_agreement, signature_path
from linkage.protocol.canonical import canonical_json
from linkage.protocol.enrolment import enrol_keys
from linkage.protocol.errors import InvalidAgreement, InvalidKey, InvalidStatement
from linkage.protocol.key_files import save_private
from linkage.protocol.party_profile import PartyProfile, agreement_in_force, read_party
from linkage.protocol.statements import read_statement, save_statement, state
from tests.made_lists import AGREEMENT_FILE
from tests.vectors.make_sealing import CHEAP_SCRYPT, keys_for_tests

PARTIES = ("mx", "ca", "us", "joint-team")
KEYS = {party: keys_for_tests(party) for party in PARTIES}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """An agreement with everybody's keys, signed by everybody."""
    path = tmp_path / "agreement.toml"
    enrol_keys(AGREEMENT_FILE, [keys.public() for keys in KEYS.values()], path)
    for keys in KEYS.values():
        sign_agreement(path, keys, NOW)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InvalidAgreement) as caught:
        require_signed(path, read_agreement(path))
    assert caught.value.__context__ is None
    return str(caught.value)


def test_signed_by_all_is_in_force(signed: Path) -> None:
    require_signed(signed, read_agreement(signed))
    signature = read_signature(signed, read_agreement(signed), "mx")
    assert (signature.by, signature.made) == ("mx", "2026-11-24T12:00:00Z")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def swap_keys(path: Path) -> None:
    """Someone puts keys of their own in the place of ca's after everybody has signed."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    other = keys_for_tests("ca", "of a thief").public()
    document["parties"]["ca"]["signing_key"] = other.signing_key
    document["parties"]["ca"]["sealing_key"] = other.sealing_key
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def sign_for_another(path: Path) -> None:
    forged = state("trilink/agreement-signature/v1", {"agreement": read_agreement(path).fingerprint}, KEYS["ca"], NOW)
    save_statement(signature_path(path, "us"), forged)


def sign_with_other_keys(path: Path) -> None:
    forged = state("trilink/agreement-signature/v1", {"agreement": read_agreement(path).fingerprint}, keys_for_tests("us", "stolen?"), NOW)
    save_statement(signature_path(path, "us"), forged)


MISHAPS = [  # what happens to a signed agreement, what is said
    ("a signature is missing", lambda path: signature_path(path, "us").unlink(), "not signed by us (agreement.us.signature"),
    ("two are missing", lambda path: [signature_path(path, party).unlink() for party in ("us", "mx")], "not signed by mx, us"),
    ("a rule changes", lambda path: change(path, "token_cap = 8", "token_cap = 9"), "not signed by mx, ca, us, joint-team"),
    ("keys are swapped", swap_keys, "not signed by mx, ca, us, joint-team"),
    ("ca signs for us", sign_for_another, "by ca with the key"),
    ("other keys of us", sign_with_other_keys, "by us with the key"),
    ("time altered", lambda path: change(signature_path(path, "ca"), "2026-11-24", "2026-11-23"), "or its text was altered"),
    ("signature altered", lambda path: change(signature_path(path, "ca"), '"signature":"', '"signature":"AA'), "time or signature|altered"),
    ("not JSON", lambda path: signature_path(path, "ca").write_text("signed, ca"), "not there, or not canonical JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "mishap", "says"), MISHAPS, ids=[case[0] for case in MISHAPS])
def test_what_is_not_signed_by_all_is_refused(name: str, mishap: object, says: str, signed: Path) -> None:
    mishap(signed)  # type: ignore[operator]
    sentence = refused(signed)
    assert any(part in sentence for part in says.split("|")) and "trilink keys sign-agreement" in sentence


def test_comments_may_be_added_after_signing(signed: Path) -> None:
    change(signed, "token_cap = 8", "token_cap = 8   # agreed in November")
    require_signed(signed, read_agreement(signed))


def test_nobody_signs_an_agreement_with_other_keys_for_them(signed: Path) -> None:
    swap_keys(signed)
    with pytest.raises(InvalidKey, match=r"names the keys \S+ for ca, ours are \S+; enrol ours before anybody signs"):
        sign_agreement(signed, KEYS["ca"], NOW)


def test_nobody_signs_a_template(tmp_path: Path) -> None:
    (tmp_path / "agreement.toml").write_bytes(AGREEMENT_FILE.read_bytes())
    with pytest.raises(InvalidAgreement, match="no public keys yet"):
        sign_agreement(tmp_path / "agreement.toml", KEYS["mx"], NOW)
    with pytest.raises(InvalidAgreement, match="gt is not one of"):
        sign_agreement(tmp_path / "agreement.toml", keys_for_tests("gt"), NOW)
    assert list(tmp_path.glob("*.json")) == []


@pytest.fixture
def profile(signed: Path) -> PartyProfile:
    """mx's, beside the signed agreement."""
    save_private(signed.parent / "mx.json", KEYS["mx"], b"word", scrypt_n=CHEAP_SCRYPT)
    path = signed.parent / "profile.toml"
    path.write_text(
        'format = "trilink/owner-profile/v1"\nparty = "mx"\nagreement = "agreement.toml"\nhome = "home"\nlanguage = "es"\n'
        '[keys]\nprivate = "mx.json"\n[sources.suspect]\npath = "t.csv"\n'
    )
    return read_party(path)


def test_a_profile_needs_a_signed_agreement_in_force(signed: Path, profile: PartyProfile) -> None:
    assert agreement_in_force(profile, "owner", TODAY).fingerprint == read_agreement(signed).fingerprint
    with pytest.raises(InvalidAgreement, match="in force from"):
        agreement_in_force(profile, "owner", date(2030, 1, 1))
    with pytest.raises(InvalidAgreement, match="mx is not one of its units"):
        agreement_in_force(profile, "unit", TODAY)
    signature_path(signed, "ca").unlink()
    with pytest.raises(InvalidAgreement, match="not signed by ca"):
        agreement_in_force(profile, "owner", TODAY)


def test_somebody_elses_agreement_signed_throughout_is_refused(signed: Path, profile: PartyProfile) -> None:
    """Whoever can write at mx's desk, and gives all parties keys of its own, has every signature right, but not mx's keys."""
    theirs = {party: keys_for_tests(party, "of a thief") for party in PARTIES}
    enrol_keys(AGREEMENT_FILE, [keys.public() for keys in theirs.values()], signed)
    for keys in theirs.values():
        sign_agreement(signed, keys, NOW)
    require_signed(signed, read_agreement(signed))
    with pytest.raises(InvalidKey, match=r"agreement.toml names the keys \S+ for mx, those in mx.json are w26k-"):
        agreement_in_force(profile, "owner", TODAY)


def test_a_statement_of_one_kind_is_none_of_another(tmp_path: Path) -> None:
    """The format is signed: an agreement's signature with another format written over it no longer verifies."""
    path = save_statement(tmp_path / "s.json", state("trilink/agreement-signature/v1", {"agreement": "a"}, KEYS["mx"], NOW))
    said = json.loads(path.read_bytes())
    path.write_bytes(canonical_json(said | {"format": "trilink/revocation/v1"}) + b"\n")
    with pytest.raises(InvalidStatement, match="expected the format trilink/agreement-signature/v1"):
        read_statement(path, "trilink/agreement-signature/v1", {"agreement"})
    with pytest.raises(InvalidStatement, match="altered"):
        read_statement(path, "trilink/revocation/v1", {"agreement"}).verify(KEYS["mx"].public(), path.name)


def test_golden_statement(tmp_path: Path) -> None:
    """The text of docs/spec/keys.md, byte for byte, and its signature verified without our code; Ed25519 gives the same one again."""
    path = save_statement(tmp_path / "s.json", state("trilink/agreement-signature/v1", {"agreement": "a"}, KEYS["mx"], NOW))
    key = KEYS["mx"].public().fingerprint()
    said = f'{{"about":{{"agreement":"a"}},"by":"mx","format":"trilink/agreement-signature/v1","key":"{key}","made":"2026-11-24T12:00:00Z"'
    signature = json.loads(path.read_bytes())["signature"]
    assert path.read_bytes() == f'{said},"signature":"{signature}"}}\n'.encode()
    raw = base64.b64decode(signature, validate=True)
    Ed25519PublicKey.from_public_bytes(KEYS["mx"].public().signing).verify(raw, b"trilink/v1/statement\0" + f"{said}}}".encode())
    assert signature == "/yXG5ZEqN75DIiaekB++25lCCoDs2irJMc2lK1v2BnMNz7pnw6BcO6hEP7tOTQoDeuUJhRDycRgOUbe3/q70BQ=="


def test_no_changed_byte_of_a_signature_passes(signed: Path) -> None:
    """Every byte of the file changed alone, and every shorter file: refused each time, in one sentence."""
    file = signature_path(signed, "mx")
    whole, agreement = file.read_bytes(), read_agreement(signed)
    changes = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))] + [
        whole[:at] for at in range(len(whole) - 1)
    ]
    for changed in changes:
        file.write_bytes(changed)
        with pytest.raises(InvalidStatement) as caught:
            read_signature(signed, agreement, "mx")
        assert "\n" not in str(caught.value) and caught.value.__context__ is None
    file.write_bytes(whole)
    assert read_signature(signed, agreement, "mx").by == "mx"
