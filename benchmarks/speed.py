"""How fast encoding, comparing and sealing are, each beside a plain peer in the same run: ratios hold where seconds do not.

``python -m benchmarks.speed`` prints a table; ``--tiny`` runs on little data, so that the script cannot rot.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

import numpy as np

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.encoding import Encoder, encode_postings
from linkage.owner.features import feature_table
from linkage.owner.keys import EncodingKey
from linkage.owner.pads import Pads
from linkage.owner.posting_store import drop_common, sorted_postings
from linkage.owner.profile import Source
from linkage.owner.reading import read_source
from linkage.owner.validation import validate
from linkage.owner.variants import Variants, variants_of
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.party_keys import new_party_keys
from linkage.protocol.sealing import Draft, seal
from linkage.protocol.similarity import pattern_codes
from linkage.protocol.tiles import limits_of

ENTITY = "suspect"
Row = tuple[str, float, str, float, str]


def seconds(work: Callable[[], object]) -> float:
    """The best of three runs."""
    found = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def encoded(variants: Variants, agreement: Agreement) -> EncodedPostings:
    """All postings of the variants, as a package would hold them."""
    key = EncodingKey(bytes(range(32)))
    passes = {name: block.components(10_000) for name, block in agreement.entities[ENTITY].passes.items()}
    tokens, _ = drop_common(blocking_tokens(variants, passes, ENTITY, key.derive("trilink/v1/blocking")), variants.records, 8)
    listed = sorted_postings(tokens, variants.records, bytes(32))
    encoder = Encoder(feature_table(variants, agreement.entities[ENTITY]), agreement, ENTITY, key)
    return encode_postings(encoder, Pads(encoder.rule, ENTITY, key, bytes(32)), listed.tokens, listed.ids)


def plain_filters(values: list[str], length: int, bits: int) -> int:
    """The peer of encoding: a keyed Bloom filter in plain Python with a hash call per q-gram, as text books show it."""
    total = 0
    for value in values:
        bloom = 0
        padded = f" {value} "
        for place in range(len(padded) - 1):
            digest = blake2b(padded[place : place + 2].encode(), key=b"k" * 32, digest_size=16).digest()
            for at in range(bits):
                bloom |= 1 << int.from_bytes(digest[2 * at : 2 * at + 2], "little") % length
        total += bloom.bit_count()
    return total


def encoding(variants: Variants, agreement: Agreement) -> Row:
    postings = encoded(variants, agreement)
    filters = postings.tags.size  # missing ones are drawn and travel too
    ours = filters / seconds(lambda: encoded(variants, agreement))
    column = variants.columns["surname_1"]
    values = [column.values[code] for code in column.codes.tolist() if code >= 0]
    return "filters encoded a second", ours, "plain Python", len(values) / seconds(lambda: plain_filters(values, 128, 3)), ""


def comparing(variants: Variants, agreement: Agreement, pairs: int) -> Row:
    postings, rule, t = encoded(variants, agreement), agreement.entities[ENTITY], agreement.encoding.diffusion
    chance = np.random.default_rng(1)
    left, right = (chance.integers(0, len(postings), pairs).astype(np.uint32) for _ in range(2))
    ours = pairs * len(rule.filters) / seconds(lambda: pattern_codes(rule, t, postings, postings, (left, right)))

    def plain() -> None:
        for name, filter_rule in rule.filters.items():
            words, limits = postings.filters[name], limits_of(filter_rule.shape, t, tuple(filter_rule.levels))
            differing = np.bitwise_count(words[left] ^ words[right]).sum(axis=1)
            (differing[:, None] < limits).sum(axis=1)

    return "field comparisons a second", ours, "numpy, vectorised", pairs * len(rule.filters) / seconds(plain), "one core"


def sealing(mebibytes: int) -> Row:
    keys = new_party_keys("bench")
    draft = Draft("package", "0" * 64, "bench", {}, timedelta(days=1))
    data = os.urandom(mebibytes << 20)
    with tempfile.TemporaryDirectory() as folder:
        part, out = Path(folder) / "part", Path(folder) / "sealed"
        part.write_bytes(data)
        ours = mebibytes / seconds(lambda: seal(draft, {"part": part}, keys.public(), keys, out))
        copy = mebibytes / seconds(lambda: out.write_bytes(part.read_bytes()))
    return "MiB sealed a second", ours, "copying the file", copy, "one core"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="little data, for CI")
    tiny = parser.parse_args().tiny
    agreement = read_agreement(Path(__file__).resolve().parents[1] / "configs" / "agreement.toml")
    with tempfile.TemporaryDirectory() as folder:
        invent(Path(folder), plan("100" if tiny else "5000", None, "typical", seed=1))
        source = Source(path=Path(folder) / "mx" / f"{ENTITY}.csv")
        header, rows = read_source(source)
        records, _, _ = validate(header, rows, source, agreement.entities[ENTITY])
    variants = variants_of(records, agreement.entities[ENTITY])
    table = [encoding(variants, agreement), comparing(variants, agreement, 10_000 if tiny else 500_000), sealing(1 if tiny else 64)]
    print("| what | Trilink | peer | its figure | ratio |\n| --- | ---: | --- | ---: | ---: |")
    for what, ours, peer, theirs, note in table:
        print(f"| {what}{f' ({note})' if note else ''} | {ours:,.0f} | {peer} | {theirs:,.0f} | {ours / theirs:.2f} |")
    print(f"\nPython {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, best of three.")


if __name__ == "__main__":
    main()
