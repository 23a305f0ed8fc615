"""Open a party's private keys with what its profile says: a passphrase, or shares of one from several people."""

import getpass
import sys
from pathlib import Path

from linkage.protocol.errors import InvalidKey
from linkage.protocol.key_files import load_private, save_split, split_of
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.passphrases import passphrase_from
from linkage.protocol.process_guard import guard_process
from linkage.protocol.shares import Share, join, load_share, read_share, save_share, split


def open_keys(private: Path, source: tuple[Path | None, str | None], shares: tuple[Path, ...], prompt: bool) -> PartyKeys:
    """The keys in ``private``; ``source`` is where a passphrase is (file, variable), ``shares`` the files of shares that are at hand."""
    guard_process()
    terms = split_of(private)
    if terms is None:
        return load_private(private, passphrase_from(*source, prompt))
    found = [load_share(path, terms["fingerprint"]) for path in shares]
    while prompt and sys.stdin.isatty() and len({share.number for share in found}) < terms["threshold"]:
        found.append(_typed(terms["fingerprint"], f"Share ({len(found) + 1} of {terms['threshold']} needed): "))
    if any(share.of_set.hex() != terms["set"] for share in found):
        raise InvalidKey(f"{private.name}: a share is of an earlier split; take those of set {terms['set']}")
    return load_private(private, join(found))


def split_keys(private: Path, keys: PartyKeys, shares: int, threshold: int, out: Path) -> list[Path]:
    """Put the key file under a split passphrase, one file a share in ``out``; the shares open it before the old passphrase is gone."""
    passphrase, made = split(shares, threshold)
    fingerprint, paths = keys.public().fingerprint(), []
    for share in made:
        paths.append(out / f"{keys.party}.share-{share.number}-of-{shares}.txt")
        about = f"Share {share.number} of {shares} of the keys of {keys.party}, {fingerprint}; {threshold} of them open it. For one person."
        save_share(paths[-1], share, fingerprint, about)
    again = [load_share(path, fingerprint) for path in paths]
    if any(join(again[start : start + threshold]) != passphrase for start in range(shares - threshold + 1)):
        raise InvalidKey("the shares do not join to what was split; nothing was changed")
    terms: dict[str, int | str] = {"set": made[0].of_set.hex(), "shares": shares, "threshold": threshold}
    save_split(private, keys, passphrase, terms)
    return paths


def _typed(fingerprint: str, question: str) -> Share:
    return read_share(getpass.getpass(question), fingerprint, "the typed share")
