"""The owner's step of laboratory-asserted links. No flow: it takes seconds."""

from pathlib import Path

from flows._noted import noted
from flows.owner import open_ceremony
from linkage.owner.at_home import AtHome
from linkage.owner.ceremony_notes import note_opened
from linkage.owner.contributions import collect
from linkage.owner.laboratory import Asserted
from linkage.owner.laboratory_release import release_laboratory_links


def release_laboratory(profile_path: Path, epoch: str, contributions: Path, out: Path) -> tuple[Asserted, Path]:
    """Make tokens of what laboratories assert under the epoch's key, and seal them to the joint team."""
    profile, agreement, ceremony = open_ceremony(profile_path, epoch, contributions)
    with noted(profile, agreement, "encode") as ledger:
        key = note_opened(ledger, ceremony, collect(ceremony)).key_to_encode(ceremony.now.date())
        return release_laboratory_links(AtHome(profile, agreement, ceremony.by, ceremony.now, ledger), key, epoch, out)
