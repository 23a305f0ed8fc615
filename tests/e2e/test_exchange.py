"""A whole epoch between separate homes that meet nowhere but on an SFTP server; then, at the console, a refusal's way back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import tomlkit

from linkage.owner.regrouping import answer_request
from linkage.owner.resolution import resolve_list
from linkage.protocol.delivery import Route, deliver
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.key_files import save_private
from linkage.protocol.manifest import KINDS
from linkage.protocol.patience import Patience
from linkage.protocol.refusal import telling
from linkage.unit.asking import request_path
from linkage.unit.issuing import list_path
from tests.conftest import Trilink
from tests.parties import EPOCH, UNIT, Parties
from tests.sftp_server import SftpServer, sftp_server
from tests.small_world import people, shared
from tests.vectors.make_sealing import CHEAP_SCRYPT, PASSPHRASE

pytestmark = pytest.mark.e2e

OWNERS = ("ca", "mx", "us")
PROFILE = """
format = "trilink/owner-profile/v1"
party = "mx"
agreement = "agreement.toml"
home = "home"
keys = {{ private = "mx.private.json", passphrase_file = "passphrase" }}
ledger = {{ who = "duty officer", legal_basis = "agreement, art. 4", purpose = "a test", receipts = "outbox" }}
sources = {{ suspect = {{ path = "{table}" }} }}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[SftpServer]:
    with sftp_server() as running:
        yield running


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("parties"), people())


class Post:
    """The only place where the parties meet: a folder for each of them on the server."""

    def __init__(self, server: SftpServer, parties: Parties, where: str) -> None:
        self.server, self.parties, self.where, self.access = server, parties, where, server.access()

    def box(self, party: str, name: str) -> Path:
        folder = self.parties.folder / "boxes" / self.where / party / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def send(self, sender: str, to: str) -> int:
        return self._carry(str(self.box(sender, "outbox")), self.server.address(f"{self.where}/{to}"), to)

    def fetch(self, party: str) -> list[Path]:
        self._carry(self.server.address(f"{self.where}/{party}"), str(self.box(party, "inbox")), party)
        return sorted(self.box(party, "inbox").glob("*.sealed"))

    def _carry(self, source: str, target: str, recipient: str) -> int:
        return sum(deliver(Route(source, target, self.access, Patience(pauses=())), recipient, KINDS).values())


def test_an_epoch_over_sftp(server: SftpServer, parties: Parties) -> None:
    post, unit = Post(server, parties, "epoch"), parties.unit("over-sftp")
    for owner in OWNERS:
        package = parties.package(owner)
        (post.box(owner, "outbox") / f"package.{EPOCH}.{owner}.suspect.sealed").write_bytes(package.read_bytes())
        assert post.send(owner, UNIT) == 1
    assert sorted(unit.take_in(*post.fetch(UNIT))) == [f"{owner} suspect" for owner in OWNERS]
    unit.out = post.box(UNIT, "outbox")
    assert sorted(unit.ask()) == list(OWNERS)
    for owner in OWNERS:
        assert post.send(UNIT, owner) == 1
        request = request_path(post.box(owner, "inbox"), EPOCH, owner)
        assert request in post.fetch(owner)
        answer_request(parties.at_home(owner), request, post.box(owner, "outbox") / f"regroup-answer.{EPOCH}.{owner}.sealed")
        assert post.send(owner, UNIT) == 1, "the package is there already"
    unit.take_answers(*(path for path in post.fetch(UNIT) if path.name.startswith("regroup-answer.")))
    unit.decide()
    for owner in OWNERS:
        assert post.send(UNIT, owner) == 1
        post.fetch(owner)
        resolve_list(parties.at_home(owner), list_path(post.box(owner, "inbox"), EPOCH, owner), post.box(owner, "cases"))
    rows = json.loads((post.box("mx", "cases") / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    true = {left for left, _ in shared("mx", "us")} | {right for _, right in shared("ca", "mx")}
    assert {row["own"]["record_id"] for row in rows} == true


def test_a_refusal_comes_back_and_is_shown(server: SftpServer, parties: Parties, trilink: Trilink) -> None:
    """mx's package was cut on its way; the joint team refuses it, and mx reads which file it was and what to do."""
    home, access = parties.folder / "mx-at-home", server.access()
    outbox, inbox, refusals = home / "outbox", home / "inbox", parties.folder / "refusals"
    outbox.mkdir(parents=True)
    name = f"package.{EPOCH}.mx.suspect.sealed"
    (outbox / name).write_bytes(parties.package("mx").read_bytes())
    cut = parties.folder / "cut.sealed"
    cut.write_bytes((outbox / name).read_bytes()[:-100])
    with pytest.raises(InvalidPackage, match="cut short"):
        telling(parties.keys[UNIT], parties.agreement, refusals, lambda: parties.unit("cut").take_in(cut))
    for source, target in ((refusals, server.address("back/mx")), (server.address("back/mx"), inbox)):
        done = trilink("deliver", source, "--to", "mx", "--inbox", target, "--access", access, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["refusal"] == 1
    _write_home(home, parties)
    done = trilink("refusals", "profile.toml", "inbox", "--sent", "outbox", "--json", cwd=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"by": UNIT, "code": "truncated", "kind": "package", "file": name, "advice": "deliver it again"},
    ]  # fmt: skip
    assert "truncated" in trilink("refusals", "profile.toml", "inbox", "--sent", "outbox", cwd=home).stdout


def _write_home(home: Path, parties: Parties) -> None:
    """mx's profile, agreement and keys, as they lie at home."""
    (home / "profile.toml").write_text(PROFILE.format(table=parties.folder / "mx" / "suspect.csv"), encoding="utf-8")
    (home / "passphrase").touch(mode=0o600)
    (home / "passphrase").write_bytes(PASSPHRASE)
    save_private(home / "mx.private.json", parties.keys["mx"], PASSPHRASE, scrypt_n=CHEAP_SCRYPT)
    document = parties.agreement.model_dump(mode="json", exclude_none=True)
    document |= {key: value for key, value in parties.agreement.model_dump().items() if key.startswith("valid_")}  # dates
    (home / "agreement.toml").write_text(tomlkit.dumps(document), encoding="utf-8")


def test_what_cannot_be_delivered_ends_in_one_line(server: SftpServer, trilink: Trilink, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    address = f"sftp://mx:hunter2@127.0.0.1:{server.port}/in"
    for inbox, access, says in (
        (address, server.access(), "holds a password"),
        (server.address("x"), server.access(known_hosts=str(server.folder / "no_hosts")), "its host key is not in no_hosts"),
    ):
        done = trilink("deliver", tmp_path / "out", "--to", "mx", "--inbox", inbox, "--access", access)
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and says in done.stderr
        assert "hunter2" not in done.stdout + done.stderr


def test_the_lifetime_of_a_refusal_is_the_agreement_s(parties: Parties, tmp_path: Path) -> None:
    (tmp_path / "cut.sealed").write_bytes(parties.package("mx").read_bytes()[:-1])
    with pytest.raises(InvalidPackage):
        telling(parties.keys[UNIT], parties.agreement, tmp_path / "told", lambda: parties.unit("life").take_in(tmp_path / "cut.sealed"))
    letter = parties.letter(next((tmp_path / "told").iterdir()), "refusal", "mx")
    assert letter.lifetime == timedelta(days=parties.agreement.exchange.message_days)
