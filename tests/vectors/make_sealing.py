"""Makes the golden sealed files: ``python -m tests.vectors.make_sealing``. Run once per format version, never to please a test.

HPKE draws chance that cannot be fixed, so the files are made once and kept; everything but the wrapped content key is
reproducible and compared by the tests. The keys in here are derived from public text and protect nothing.
"""

import hashlib
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.protocol.container import Header, SealedWriter, signed_bytes
from linkage.protocol.key_files import load_private, save_private
from linkage.protocol.manifest import Draft, Manifest, Part
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import save_public
from linkage.protocol.sealing import _Drawn, _seal

FOLDER = Path(__file__).parent / "sealing"
PASSPHRASE = b"test only"
CHEAP_SCRYPT = 2**12
AGREEMENT = hashlib.sha256(b"an agreement for tests").hexdigest()
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CONTENT_KEY = bytes(range(32))
NONCE = bytes(range(16))
BODY = {"entity": "suspect", "records": 3, "key_check_value": "00" * 16, "note": "Ñandú"}
DRAFT = Draft("package", AGREEMENT, "2026-11", BODY, timedelta(days=14), padded=False)
SMALL_PARTS = {"postings-1.arrow": b"seven\n\0", "empty": b""}


def keys_for_tests(party: str, generation: str = "") -> PartyKeys:
    """Keys anyone can derive: SHA-512 of a public sentence, stretched to 160 bytes."""
    sentence = f"trilink test-only key of {party} {generation}".encode()
    return PartyKeys(party, b"".join(hashlib.sha512(sentence + bytes([count])).digest() for count in range(3))[:160])


def long_part() -> bytes:
    """150,000 bytes, hence three chunks, from SHA-256 in counter mode."""
    return b"".join(hashlib.sha256(count.to_bytes(4, "big")).digest() for count in range(4688))[:150_000]


def key_file(party: str) -> Path:
    """The golden key file, of which a checkout keeps no mode but the executable bit."""
    path = FOLDER / f"{party}.test-only.key.json"
    if path.exists():
        path.chmod(0o600)
    return path


def opener(party: str) -> PartyKeys:
    return load_private(key_file(party), PASSPHRASE)


def vectors() -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = tomllib.loads((FOLDER / "vectors.toml").read_text(encoding="utf-8"))["vector"]
    return described


def changed(content: bytes, change: str) -> bytes:
    """The file after a mishap; the verbs are described at the top of ``vectors.toml``."""
    verb, *words = change.split() or [""]
    if verb == "flip":
        at = int(words[0]) % len(content)
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    if verb == "keep":
        return content[: int(words[0])]
    if verb == "append":
        return content + bytes.fromhex(words[0])
    if verb == "set":
        at, data = int(words[0]), bytes.fromhex(words[1])
        return content[:at] + data + content[at + len(data) :]
    if verb == "swap":
        one, two, length = map(int, words)
        first, second = content[one : one + length], content[two : two + length]
        return changed(changed(content, f"set {one} {second.hex()}"), f"set {two} {first.hex()}")
    return content


def craft(name: str, manifest: bytes, stream: bytes, **lies: Any) -> None:
    """A file by a sender that does not keep to the rules: other ``signer``, ``kind`` or ``announced`` manifest length."""
    to = keys_for_tests("unit").public()
    header = Header(lies.get("kind", "package"), "mx", "unit", to.fingerprint(), 4 + len(manifest) + 64 + len(stream))
    signature = lies.get("signer", keys_for_tests("mx")).sign(signed_bytes(header, manifest))
    with (FOLDER / name).open("wb") as sink:
        writer = SealedWriter(sink, header, to, CONTENT_KEY)
        writer.write(lies.get("announced", len(manifest)).to_bytes(4, "big") + manifest + signature + stream)
        writer.finish()


def honest_manifest(parts: tuple[Part, ...] = ()) -> Manifest:
    return Manifest("package", "mx", "unit", AGREEMENT, "2026-11", NONCE.hex(), NOW, NOW + timedelta(days=14), parts, BODY)


def make() -> None:
    FOLDER.mkdir(exist_ok=True)
    for party in ("mx", "ca", "unit"):
        key_file(party).unlink(missing_ok=True)
        save_private(key_file(party), keys_for_tests(party), PASSPHRASE, scrypt_n=CHEAP_SCRYPT)
        save_public(FOLDER, keys_for_tests(party).public())
    mx, unit, drawn = keys_for_tests("mx"), keys_for_tests("unit").public(), _Drawn(CONTENT_KEY, NONCE, NOW)
    manifest = _seal(DRAFT, SMALL_PARTS, (mx, unit), FOLDER / "small.sealed", drawn)
    (FOLDER / "small.manifest.json").write_bytes(manifest.canonical())
    _seal(DRAFT, {"long": long_part()}, (mx, unit), FOLDER / "three_chunks.sealed", drawn)
    _seal(DRAFT, SMALL_PARTS, (mx, keys_for_tests("unit", "of last year").public()), FOLDER / "old_key.sealed", drawn)
    make_lies()


def make_lies() -> None:
    """Well sealed and, but for the first, well signed; wrong inside."""
    fine = honest_manifest().canonical()
    craft("other_signer.sealed", fine, b"", signer=keys_for_tests("ca"))
    craft("other_kind_inside.sealed", fine, b"", kind="list")
    craft("other_digest.sealed", honest_manifest((Part("part", 3, "00" * 32),)).canonical(), b"abc")
    craft("longer_than_listed.sealed", fine, b"abc")
    craft("part_leaves_folder.sealed", honest_manifest((Part("../part", 0, "00" * 32),)).canonical(), b"")
    craft("repeated_key.sealed", fine.replace(b'{"agreement"', b'{"a":1,"a":1,"agreement"'), b"")
    craft("unknown_key.sealed", fine.replace(b'{"agreement"', b'{"a":1,"agreement"'), b"")
    craft("body_is_a_list.sealed", replace(honest_manifest(), body=[]).canonical(), b"")  # type: ignore[arg-type]
    craft("no_such_month.sealed", fine.replace(b'"2026-11-22T', b'"2026-13-22T'), b"")
    craft("expires_first.sealed", replace(honest_manifest(), expires=NOW - timedelta(minutes=2)).canonical(), b"")
    twice = Part("part", 3, hashlib.sha256(b"abc").hexdigest())
    craft("part_twice.sealed", honest_manifest((twice, twice)).canonical(), b"abcabc")
    craft("endless_manifest.sealed", fine, b"", announced=2**32 - 1)
    craft("manifest_v2.sealed", fine.replace(b"manifest/v1", b"manifest/v2"), b"")


if __name__ == "__main__":
    make()
