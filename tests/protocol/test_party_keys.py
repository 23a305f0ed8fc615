"""Party keys on disk: what opens, what is refused with which sentence, and that nothing of them shows."""

import json
import os
import pickle
from pathlib import Path

import pytest

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidKey
from linkage.protocol.key_files import load_private, save_private
from linkage.protocol.party_keys import PartyKeys, new_party_keys
from linkage.protocol.passphrases import passphrase_from
from linkage.protocol.public_keys import PublicKeys, load_public, save_public
from tests import reference_sealing as twin
from tests.vectors import make_sealing as golden

CHEAP = golden.CHEAP_SCRYPT
MX = golden.keys_for_tests("mx")


def private_file(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    save_private(tmp_path / "mx.key", MX, b"correct", scrypt_n=CHEAP)
    return tmp_path / "mx.key"


def test_keys_come_back(key_file: Path) -> None:
    again = load_private(key_file, b"correct")
    assert again.public() == MX.public()
    assert again.derive("pseudonym") == MX.derive("pseudonym") != MX.derive("other")
    MX.public().verify(again.sign(b"text"), b"text")
    assert again.unwrap(MX.public().wrap(b"k" * 32, b"info"), b"info") == b"k" * 32


def test_file_is_private_and_holds_no_secret_in_clear(key_file: Path) -> None:
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(key_file.parent) == ["mx.key"]
    assert set(json.loads(key_file.read_bytes())) == {"format", "party", "fingerprint", "scrypt", "nonce", "secret"}


def test_default_cost_is_the_dear_one(tmp_path: Path) -> None:
    save_private(tmp_path / "mx.key", MX, b"correct")
    assert json.loads((tmp_path / "mx.key").read_bytes())["scrypt"]["n"] == 2**17
    assert load_private(tmp_path / "mx.key", b"correct").party == "mx"


def test_golden_key_file_opens_and_slow_twin_agrees() -> None:
    for party in ("mx", "ca", "unit"):
        keys = load_private(golden.key_file(party), golden.PASSPHRASE)
        assert keys.public() == golden.keys_for_tests(party).public() == load_public(golden.FOLDER / f"{party}.public.toml")
        slow = twin.read_key_file(golden.key_file(party), golden.PASSPHRASE)
        public = slow["ml_kem"].public_key().public_bytes_raw() + slow["x25519"].public_key().public_bytes_raw()
        assert public == keys.public().sealing


def test_an_existing_key_is_never_overwritten(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(InvalidKey, match="exists already") as caught:
        save_private(key_file, new_party_keys("mx"), b"correct", scrypt_n=CHEAP)
    assert caught.value.__context__ is None
    assert key_file.read_bytes() == before
    assert os.listdir(key_file.parent) == ["mx.key"]


DAMAGE = [  # what happens to the JSON, what is said
    ("nothing", {}, b"wrong", "wrong passphrase, or the file was altered"),
    ("other party", {"party": "ca"}, b"correct", "wrong passphrase, or the file was altered"),
    ("other fingerprint", {"fingerprint": "aaaa"}, b"correct", "wrong passphrase, or the file was altered"),
    ("unknown format", {"format": "trilink/party-keys/v2"}, b"correct", "not a key file"),
    ("too much memory asked", {"scrypt": {"n": 2**30}}, b"correct", "scrypt n"),
    ("too cheap", {"scrypt": {"n": 2}}, b"correct", "scrypt n"),
    ("not a power of two", {"scrypt": {"n": 5000}}, b"correct", "scrypt n"),
    ("n as text", {"scrypt": {"n": "4096"}}, b"correct", "scrypt n"),
    ("wide blocks", {"scrypt": {"r": 2**20}}, b"correct", "unknown scrypt parameters"),
    ("short salt", {"scrypt": {"salt": "AAAA"}}, b"correct", "incomplete"),
    ("no scrypt", {"scrypt": None}, b"correct", "incomplete"),
    ("short secret", {"secret": "AAAA"}, b"correct", "incomplete"),
    ("secret not base64", {"secret": "%%"}, b"correct", "incomplete"),
]


@pytest.mark.parametrize(("name", "change", "passphrase", "says"), DAMAGE, ids=[case[0] for case in DAMAGE])
def test_a_wrong_file_or_passphrase_is_refused(key_file: Path, name: str, change: dict[str, object], passphrase: bytes, says: str) -> None:
    content = json.loads(key_file.read_bytes())
    for key, value in change.items():
        content[key] = content[key] | value if isinstance(value, dict) else value
    key_file.write_bytes(canonical_json(content) + b"\n")
    with pytest.raises(InvalidKey, match=says) as caught:
        load_private(key_file, passphrase)
    assert caught.value.__context__ is None


def test_keys_do_not_show(key_file: Path) -> None:
    keys = load_private(key_file, b"correct")
    assert repr(keys) == str(keys) == f"{keys}" == "<PartyKeys: mx, hidden>"
    with pytest.raises(TypeError):
        pickle.dumps(keys)
    assert not hasattr(keys, "__dict__")


PASSPHRASES = [  # bytes of the file, passphrase
    (b"word", b"word"),
    (b"word\n", b"word"),
    (b"word\r\n", b"word"),
    (b"word\n\n", b"word\n"),
    (b" word ", b" word "),
]


@pytest.mark.parametrize(("content", "passphrase"), PASSPHRASES)
def test_passphrase_from_a_file(content: bytes, passphrase: bytes, tmp_path: Path) -> None:
    private_file(tmp_path / "pass", content)
    assert passphrase_from(tmp_path / "pass", "ANY", True) == passphrase


def test_passphrase_from_a_variable_then_from_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILINK_TEST_PASSPHRASE", "contraseña\n")
    assert passphrase_from(None, "TRILINK_TEST_PASSPHRASE", True) == "contraseña".encode()
    answers = iter(["one", "one", "one", "two"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    assert passphrase_from(None, "TRILINK_NOT_SET", True, twice=True) == b"one"
    with pytest.raises(InvalidKey, match="differ"):
        passphrase_from(None, None, True, twice=True)


@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"\n", "empty"), (b"x" * 5000, "longer")])
def test_empty_and_endless_passphrases_are_refused(content: bytes, says: str, tmp_path: Path) -> None:
    private_file(tmp_path / "pass", content)
    with pytest.raises(InvalidKey, match=says):
        passphrase_from(tmp_path / "pass", None, False)


def test_an_endless_variable_or_key_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILINK_TEST_PASSPHRASE", "x" * 5000)
    with pytest.raises(InvalidKey, match="the passphrase is longer than 4096 bytes"):
        passphrase_from(None, "TRILINK_TEST_PASSPHRASE", False)
    private_file(tmp_path / "key", b"{" * 100_000)
    with pytest.raises(InvalidKey, match="longer than 65536 bytes"):
        load_private(tmp_path / "key", b"correct")


def test_no_passphrase_no_key(tmp_path: Path) -> None:
    with pytest.raises(InvalidKey, match="no passphrase: give a file, set TRILINK_NOT_SET, or run this in a terminal"):
        passphrase_from(None, "TRILINK_NOT_SET", False)
    with pytest.raises(InvalidKey, match="No such file"):
        passphrase_from(tmp_path / "nowhere", None, True)
    with pytest.raises(InvalidKey, match="empty"):
        save_private(tmp_path / "key", MX, b"", scrypt_n=CHEAP)
    assert os.listdir(tmp_path) == []


def test_public_keys_round_trip(tmp_path: Path) -> None:
    public = MX.public()
    assert PublicKeys.from_text("mx", public.signing_key, public.sealing_key) == public
    assert save_public(tmp_path, public) == save_public(tmp_path, public) == tmp_path / "mx.public.toml"
    assert load_public(tmp_path / "mx.public.toml") == public
    with pytest.raises(InvalidKey, match="holds other keys"):
        save_public(tmp_path, new_party_keys("mx").public())


def test_fingerprint_is_short_and_covers_name_and_keys() -> None:
    assert MX.public().fingerprint() == "w26k-e2cj-umqd-ggtj-edtk"
    other = MX.public()
    assert PublicKeys("mz", other.signing, other.sealing).fingerprint() != other.fingerprint()


BAD_PUBLIC = [  # field of the file, its text, what is said
    ("fingerprint", "aaaa-aaaa-aaaa-aaaa-aaaa", "its fingerprint does not fit"),
    ("format", "trilink/public-keys/v9", "unknown format"),
    ("signing_key", "%", "not base64"),
    ("signing_key", "AAAA", "3 bytes, expected 32"),
    ("sealing_key", "AAAA", "3 bytes, expected 1216"),
    ("party", "m/x", "a party's name"),
    ("extra", "", "not a public key file"),
]


@pytest.mark.parametrize(("field", "text", "says"), BAD_PUBLIC)
def test_a_wrong_public_key_file_is_refused(field: str, text: str, says: str, tmp_path: Path) -> None:
    path = save_public(tmp_path, MX.public())
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{field} =")]
    path.write_text("\n".join([*lines, f'{field} = "{text}"']))
    with pytest.raises(InvalidKey, match=says) as caught:
        load_public(path)
    assert caught.value.__context__ is None


def test_a_name_that_is_no_party_makes_no_keys() -> None:
    with pytest.raises(InvalidKey, match="a party's name"):
        new_party_keys("../mx")


def test_secret_of_the_wrong_length_makes_no_keys() -> None:
    with pytest.raises(InvalidKey, match="expected 160"):
        PartyKeys("mx", bytes(159))


def test_a_sealing_key_outside_the_field_is_refused() -> None:
    with pytest.raises(InvalidKey, match="not a public key"):
        PublicKeys("mx", MX.public().signing, b"\xff" * 1216)
