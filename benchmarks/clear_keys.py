"""An owner's blocking keys in the clear, for a peer that blocks as the unit does. Lab work on invented data: no owner does this.

Normalised and phonetic keys of every pass that the declared size calls for, aliases and all, less those that more records share than the
agreement's cap; of those who share one, as many have it as have a posting, drawn as an owner draws. A key is a 64-bit integer, half of
its token under a key that everybody knows: quicker to join than text, for the peer's good.
"""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.checking import CheckedTable
from linkage.owner.drawing import Draw, made_by, only
from linkage.owner.posting_store import drop_common
from linkage.owner.profile import OwnerProfile
from linkage.owner.release import rounded_up
from linkage.owner.revealed import passes_of
from linkage.owner.variants import variants_of
from linkage.protocol.agreement import Agreement


def write_clear_keys(profile: OwnerProfile, agreement: Agreement, entity: str, records: int, out: Path) -> int:
    """Write ``record_id`` and ``keys`` of every record that has some; returns how many keys there are."""
    rule = agreement.entities[entity]
    blocking = Blocking(passes_of(agreement, entity, rounded_up(records)), entity, bytes(32))
    found: list[tuple[Tokens, np.ndarray, list[str]]] = []
    for chunk in CheckedTable(profile.sources[entity], rule).entities():
        variants = variants_of(chunk, rule)
        firsts = [own[0][0] for own in chunk.references()]
        tokens = blocking.tokens(variants)
        found.append((tokens, variants.records[tokens.rows], firsts))
    ends = np.cumsum([0, *(len(firsts) for _, _, firsts in found)])
    owners = np.concatenate([own + start for (_, own, _), start in zip(found, ends, strict=False)])
    halves, passes = (np.concatenate([getattr(tokens, name) for tokens, _, _ in found]) for name in ("halves", "passes"))
    names = [name for _, _, firsts in found for name in firsts]
    everyone, all_of, encoding = np.arange(len(names)), Tokens(halves, owners, passes), agreement.encoding
    shared, _ = drop_common(all_of, everyone, encoding.token_cap)
    draw = Draw(encoding.token_cap, encoding.token_postings, hashlib.sha256(out.name.encode()).digest())  # each owner draws by itself
    kept = only(shared, draw.chosen(shared, everyone, made_by(all_of, everyone, len(names))))
    keys = np.unique(np.stack([kept.rows, kept.halves[:, 0].view(np.int64)], axis=1), axis=0)
    records_with, starts = np.unique(keys[:, 0], return_index=True)
    lists = pa.ListArray.from_arrays(np.append(starts, len(keys)).astype(np.int32), pa.array(keys[:, 1]))
    pq.write_table(pa.table({"record_id": [names[record] for record in records_with.tolist()], "keys": lists}), out)
    return len(keys)
