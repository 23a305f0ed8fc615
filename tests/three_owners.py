"""Three owners in their own folders, who go through the epoch key's ceremony."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.owner.ceremony import Ceremony
from linkage.owner.contributions import Contributions, collect
from linkage.owner.epoch_key import Asked, Standing, next_step
from linkage.owner.keys import EpochTerms
from linkage.owner.profile import OwnerProfile
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.sealing import Draft, seal
from tests.small_world import small_agreement
from tests.vectors.make_sealing import keys_for_tests

OWNERS = ("ca", "mx", "us")
KEYS = {name: keys_for_tests(name) for name in (*OWNERS, "joint-team")}
PUBLIC = {name: KEYS[name].public() for name in OWNERS}
AGREEMENT = small_agreement(KEYS, {})
EPOCH = "2026-11"
TERMS = EpochTerms(AGREEMENT.fingerprint, EPOCH, timedelta(days=30))
NOW = datetime.now(UTC)
TODAY = NOW.date()
FOLLOW: Asked = (None, None)


class Owner:
    """One owner in its own folder; ``post`` carries every outbox to every inbox."""

    def __init__(self, base: Path, name: str) -> None:
        self.name, self.base = name, base / name
        self.inbox, self.outbox = self.base / "inbox", self.base / "outbox"
        for folder in (self.inbox, self.outbox, self.base / "home"):
            folder.mkdir(parents=True)
        (self.base / "t.csv").write_text("record_id,given_names\n" + "".join(f"{number},x\n" for number in range(137)))
        self.profile = OwnerProfile(
            format="trilink/owner-profile/v1", party=name, agreement=base / "unused", home=self.base / "home",
            keys={"private": base / "unused"}, sources={"suspect": {"path": self.base / "t.csv"}},
        )  # fmt: skip

    def ceremony(self, now: datetime | None = None, terms: EpochTerms = TERMS) -> Ceremony:
        return Ceremony(KEYS[self.name], PUBLIC, terms, self.inbox, now or datetime.now(UTC))

    def step(self, asked: Asked = FOLLOW, terms: EpochTerms = TERMS) -> Standing:
        ledger = Ledger(self.profile.home, KEYS[self.name], AGREEMENT)
        with noting(ledger):
            return next_step(self.ceremony(terms=terms), (self.profile, AGREEMENT), self.outbox, asked, ledger)

    def collected(self, terms: EpochTerms = TERMS) -> Contributions:
        return collect(self.ceremony(terms=terms))

    def send(self, kind: str, to: str, body: dict[str, Any], parts: dict[str, bytes]) -> None:
        """Whatever a liar likes, well sealed and signed, in the place of what the honest one sent."""
        seal(Draft(kind, TERMS.agreement, EPOCH, body, TERMS.lifetime), parts, PUBLIC[to], KEYS[self.name],
             self.outbox / f"{kind}.{EPOCH}.{self.name}.{to}.sealed")  # fmt: skip


class Three:
    def __init__(self, base: Path) -> None:
        self.owners = {name: Owner(base, name) for name in OWNERS}
        self.ca, self.mx, self.us = (self.owners[name] for name in OWNERS)

    def post(self) -> None:
        for sender in self.owners.values():
            for path in sender.outbox.glob("*.sealed"):
                shutil.copy(path, self.owners[path.name.split(".")[3]].inbox)

    def all_step(self, terms: EpochTerms = TERMS) -> list[str]:
        steps = [owner.step(terms=terms).step for owner in self.owners.values()]
        self.post()
        return steps
