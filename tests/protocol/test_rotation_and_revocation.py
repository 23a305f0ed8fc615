"""New keys, keys taken back, lost keys: what each party does, and what is refused on the way."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.agreement_signatures import require_signed, sign_agreement
from linkage.protocol.enrolment import enrol, enrol_keys
from linkage.protocol.errors import InvalidAgreement, InvalidPackage, InvalidStatement, TrilinkError
from linkage.protocol.key_files import load_private, save_private
from linkage.protocol.party_keys import PartyKeys, new_party_keys
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.public_keys import PublicKeys, save_public
from linkage.protocol.revocation import require_unrevoked, revocation_of, revoke
from linkage.protocol.rotation import rotate, rotated_keys, rotation_path
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal
from linkage.protocol.statements import save_statement, state
from tests.made_lists import AGREEMENT_FILE
from tests.vectors.make_sealing import CHEAP_SCRYPT, keys_for_tests

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Desk:
    """Where the agreement, its signatures and what is stated about keys lie: the same at every party."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "agreement.toml"
        self.keys: dict[str, PartyKeys] = {party: keys_for_tests(party) for party in ("mx", "ca", "us", "joint-team")}
        enrol_keys(AGREEMENT_FILE, [keys.public() for keys in self.keys.values()], self.path)
        self.sign()

    def sign(self) -> None:
        for keys in self.keys.values():
            sign_agreement(self.path, keys, NOW)

    @property
    def agreement(self) -> Agreement:
        return read_agreement(self.path)

    def require_in_force(self) -> None:
        require_signed(self.path, self.agreement)
        require_unrevoked(self.path, self.agreement)

    def revoke(self, party: str, by: str, why: str = "lost") -> Path:
        return revoke(self.folder, self.agreement, (party, why), self.keys[by], NOW)

    def enrol(self, *files: Path) -> list[PublicKeys]:
        return enrol(self.path, files, self.path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refused(action: object, error: type[TrilinkError] = InvalidAgreement) -> str:
    with pytest.raises(error) as caught:
        action()  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------------------------------------------------------- rotation


def test_new_keys_are_enrolled_on_the_word_of_the_old_ones(desk: Desk) -> None:
    old = desk.keys["mx"]
    new, statement = rotate(old, NOW)
    path = save_statement(rotation_path(desk.folder, "mx"), statement)
    before = desk.agreement.fingerprint
    assert desk.enrol(path) == [new.public()]
    assert public_keys_of(desk.agreement, "mx") == new.public() != old.public()
    assert desk.agreement.fingerprint != before
    assert "not signed by mx, ca, us, joint-team" in refused(desk.require_in_force), "it is another agreement, and everybody signs again"
    desk.keys["mx"] = new
    desk.sign()
    desk.require_in_force()


def test_rotation_keeps_the_storage_key_alone(desk: Desk) -> None:
    """Pseudonyms go on; nothing else of the old keys lives in the new ones."""
    old = desk.keys["mx"]
    new, _ = rotate(old, NOW)
    assert new.derive("trilink/v1/pseudonyms") == old.derive("trilink/v1/pseudonyms")
    assert new.public().signing != old.public().signing and new.public().sealing != old.public().sealing
    assert new._secret[:128] != old._secret[:128] and new._secret[128:] == old._secret[128:]
    with pytest.raises(InvalidTag):
        new.unwrap(old.public().wrap(b"k" * 32, b"info"), b"info")


def forged_by_another(desk: Desk) -> Path:
    """ca states new keys of mx."""
    _, statement = rotate(desk.keys["ca"], NOW)
    return save_statement(rotation_path(desk.folder, "mx"), state(statement.format, statement.about, desk.keys["ca"], NOW))


def with_keys_it_does_not_have(desk: Desk) -> Path:
    """mx states that ca's new keys are its own: it could not sign with them, but others would be confused."""
    _, statement = rotate(desk.keys["mx"], NOW)
    theirs = new_party_keys("mx").public()
    about = dict(statement.about) | {"signing_key": theirs.signing_key, "sealing_key": theirs.sealing_key}
    return save_statement(rotation_path(desk.folder, "mx"), state(statement.format, about, desk.keys["mx"], NOW))


def from_keys_that_are_not_pinned(desk: Desk) -> Path:
    _, statement = rotate(new_party_keys("mx"), NOW)
    return save_statement(rotation_path(desk.folder, "mx"), statement)


FORGERIES = [
    (forged_by_another, "by ca with the key"),
    (with_keys_it_does_not_have, "do not prove that mx has them"),
    (from_keys_that_are_not_pinned, "by mx with the key"),
]


@pytest.mark.parametrize(("forge", "says"), FORGERIES, ids=[forge.__name__ for forge, _ in FORGERIES])
def test_forged_new_keys_are_refused(forge: object, says: str, desk: Desk) -> None:
    path = forge(desk)  # type: ignore[operator]
    before = desk.path.read_bytes()
    assert any(
        part in refused(lambda: rotated_keys(path, desk.keys["mx"].public()), InvalidStatement) for part in (*says.split("|"), "by ca")
    )
    assert desk.path.read_bytes() == before


def test_pinned_keys_are_not_exchanged_for_a_bare_file(desk: Desk) -> None:
    """Whoever keeps the agreement cannot be talked into other keys by a file alone."""
    other = save_public(desk.folder, new_party_keys("mx").public())
    said = refused(lambda: desk.enrol(other))
    assert "agreement.toml pins other keys of mx, w26k-" in said and "`trilink keys rotate`" in said
    desk.require_in_force()


# -------------------------------------------------------------------------------------------------------------- revocation


def test_a_party_takes_its_own_keys_back_alone(desk: Desk) -> None:
    desk.revoke("mx", "mx", "stolen")
    said = refused(desk.require_in_force)
    assert "pins the keys w26k-e2cj-umqd-ggtj-edtk of mx, which are revoked (stolen, says mx): enrol its new ones" in said


def test_the_others_revoke_lost_keys_only_together(desk: Desk) -> None:
    for by in ("ca", "us"):
        desk.revoke("mx", by)
        desk.require_in_force()
    found = revocation_of(desk.folder, desk.agreement, desk.keys["mx"].public())
    assert found and (found.by, found.awaited) == (("ca", "us"), ("joint-team",))
    other = save_public(desk.folder, new_party_keys("mx").public())
    assert "revoked (it lacks joint-team)" in refused(lambda: desk.enrol(other))
    desk.revoke("mx", "joint-team")
    assert "revoked (lost, says ca, joint-team, us)" in refused(desk.require_in_force)


def test_a_stranger_or_a_thief_revokes_nothing(desk: Desk) -> None:
    path = desk.revoke("mx", "ca")
    save_statement(path, state("trilink/revocation/v1", {"party": "mx", "key": desk.keys["mx"].public().fingerprint(), "why": "lost"},
                               keys_for_tests("ca", "made up"), NOW))  # fmt: skip
    assert "by ca with the key" in refused(desk.require_in_force, InvalidStatement)
    save_statement(path, state("trilink/revocation/v1", {"party": "mx", "key": desk.keys["mx"].public().fingerprint(), "why": "lost"},
                               keys_for_tests("gt"), NOW))  # fmt: skip
    assert "by gt, which is no party of the agreement" in refused(desk.require_in_force, InvalidStatement)
    about = {"party": "us", "key": desk.keys["us"].public().fingerprint(), "why": "lost"}
    save_statement(path, state("trilink/revocation/v1", about, desk.keys["ca"], NOW))
    assert "revokes other keys than its name says" in refused(desk.require_in_force, InvalidStatement)
    assert "expected one of lost, replaced, stolen" in refused(lambda: desk.revoke("mx", "ca", "angry"), InvalidStatement)


def test_an_altered_revocation_is_not_passed_over(desk: Desk) -> None:
    path = desk.revoke("mx", "mx", "stolen")
    path.write_bytes(path.read_bytes().replace(b'"stolen"', b'"lost"'))
    assert "its text was altered" in refused(desk.require_in_force, InvalidStatement)


def test_lost_keys_from_beginning_to_end(desk: Desk) -> None:
    """The procedure of docs/how-to-ceremony.md: the others revoke, the party makes new keys, all sign, a new epoch begins."""
    lost = desk.keys["mx"]
    for by in ("ca", "us", "joint-team"):
        desk.revoke("mx", by)
    assert "are revoked" in refused(lambda: sign_agreement(desk.path, desk.keys["ca"], NOW))
    new = new_party_keys("mx")
    desk.enrol(save_public(desk.folder, new.public()))
    desk.keys["mx"] = new
    desk.sign()
    desk.require_in_force()
    back = refused(lambda: enrol_keys(desk.path, [lost.public()], desk.path))
    assert "are revoked (lost, says ca, joint-team, us): mx has to make new ones" in back
    desk.require_in_force()
    assert new.derive("trilink/v1/pseudonyms") != lost.derive("trilink/v1/pseudonyms"), "its pseudonyms begin anew"


def test_files_of_the_old_and_the_new_agreement_do_not_mix(desk: Desk) -> None:
    """One clear line for what was sealed before the keys changed, and for what the old keys sign afterwards."""
    old, before = desk.keys["mx"], desk.agreement.fingerprint
    unit = desk.keys["joint-team"]
    new, statement = rotate(old, NOW)
    desk.enrol(save_statement(rotation_path(desk.folder, "mx"), statement))
    after = desk.agreement
    expect = Expectation("package", after.fingerprint, None, datetime.now(UTC))
    senders = {"mx": public_keys_of(after, "mx")}
    path = desk.folder / "package.sealed"

    def opened() -> None:
        with open_sealed(path, unit, senders, expect):
            pass

    seal(Draft("package", before, "2026-11", {}, timedelta(days=1)), {}, unit.public(), old, path)
    assert "not signed by mx with the key" in refused(opened, InvalidPackage)
    seal(Draft("package", after.fingerprint, "2026-11", {}, timedelta(days=1)), {}, unit.public(), old, path)
    assert "not signed by mx with the key" in refused(opened, InvalidPackage)
    seal(Draft("package", before, "2026-11", {}, timedelta(days=1)), {}, unit.public(), new, path)
    assert f"made under the agreement {before[:16]}, ours is {after.fingerprint[:16]}" in refused(opened, InvalidPackage)
    seal(Draft("package", after.fingerprint, "2026-11", {}, timedelta(days=1)), {}, unit.public(), new, path)
    opened()


def test_renewed_keys_are_kept_like_any_other(desk: Desk) -> None:
    new, _ = rotate(desk.keys["mx"], NOW)
    save_private(desk.folder / "mx.json", new, b"word", scrypt_n=CHEAP_SCRYPT)
    assert load_private(desk.folder / "mx.json", b"word").public() == new.public()
    assert desk.agreement.valid_from <= date(2026, 11, 24)
