"""Slow twins of the encoding: one record, one feature, one bit at a time, to be believed by reading (docs/spec/package.md).

Shares no code with the production side but the AES block of ``cryptography``. A filter is a set of the numbers of its one-bits.
"""

import hashlib
import math
from itertools import combinations, product

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from linkage.protocol.entity_rules import EntityRule


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, spelt out."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()


def sub_key(key: bytes, purpose: str) -> bytes:
    """One block of HKDF-SHA-256 without salt [RFC5869]."""
    return hmac_sha256(hmac_sha256(bytes(32), key), purpose.encode() + b"\1")


def aes(key: bytes, block: bytes) -> bytes:
    """AES-256 of one block of 16 bytes."""
    return Cipher(algorithms.AES256(key), modes.ECB()).encryptor().update(block)


# ---------------------------------------------------------------- features: what of a value enters a filter


def q_grams(value: str, q: int) -> set[str]:
    """Every q letters in a row of each word with q - 1 spaces on either side."""
    found = set()
    for word in value.split():
        padded = " " * (q - 1) + word + " " * (q - 1)
        found |= {padded[start : start + q] for start in range(len(padded) - q + 1)}
    return found


def positional(value: str) -> set[tuple[int, str]]:
    """(place, character) without spaces and unreadable characters."""
    return {(place, character) for place, character in enumerate(value.replace(" ", "")) if character != "?"}


def date_day(date: str) -> set[tuple[str, str]]:
    """(what, text) of month and day: four digits in their places, and each number twice, the second of two equal ones marked."""
    if len(date) < 8 or date.endswith("0101"):
        return set()
    month, day = date[4:6], date[6:8]
    second = "second " if month == day else ""
    digits = {(f"place {place}", digit) for place, digit in enumerate(month + day)}
    return digits | {(f"{mark}{copy} copy", part) for copy in ("one", "other") for mark, part in (("", month), (second, day))}


def feature_codes(value: str, kind: str, q: int) -> set[int]:
    """The 64-bit codes of a value's features; each member of a set (``A|B``) by itself."""
    codes = set()
    for member in value.split("|"):
        if kind == "q_grams":
            codes |= {1 << 56 | int.from_bytes(gram.encode(), "little") for gram in q_grams(member, q)}
        if kind == "positional":
            codes |= {2 << 56 | place << 8 | ord(character) for place, character in positional(member)}
        if kind == "date_year":
            codes |= feature_codes(member[:4], "positional", q)
        if kind == "date_day":
            codes |= {_day_code(what, text) for what, text in date_day(member)}
        if kind == "short_words":
            wholes = [f"{word}/{copy}" for word in member.split() if len(word) > 1 for copy in range(len(word), 6)]
            codes |= {code for whole in wholes for code in feature_codes(whole, "exact", q)}
        if kind == "exact":
            codes.add(int.from_bytes(hashlib.blake2b(member.encode(), digest_size=8).digest(), "little"))
    return codes


def _day_code(what: str, text: str) -> int:
    if what.startswith("place"):
        return 2 << 56 | int(what[-1]) << 8 | ord(text)
    return 3 << 56 | ("other" in what) << 48 | ("second" in what) << 40 | ord(text[0]) << 8 | ord(text[1])


# ---------------------------------------------------------------- blocking: keys, tokens, posting ids


def blocking_keys(alternatives: list[list[str]]) -> set[str]:
    """Every choice of one alternative of each component."""
    return {"".join("\x1f" + part for part in choice) for choice in product(*alternatives)}


def token(key: bytes, entity: str, name: str, blocking_key: str) -> bytes:
    """128 bits; ``key`` is the subkey ``trilink/v1/blocking/<entity>``."""
    return hmac_sha256(key, f"{entity}\x1f{name}\x1f{blocking_key}".encode())[:16]


def kept_tokens(postings: list[tuple[bytes, int]], cap: int) -> list[bool | None]:
    """Whether each (token, record) stays: its token is shared by at most ``cap`` records; None where the record has it already."""
    return [
        None if (mine, own) in postings[:number] else len({record for other, record in postings if other == mine}) <= cap
        for number, (mine, own) in enumerate(postings)
    ]


def posting_id(key: bytes, block: bytes, record: int, variant: int) -> bytes:
    numbers = record.to_bytes(8, "little") + variant.to_bytes(8, "little")
    return aes(key, bytes(a ^ b for a, b in zip(aes(key, block), numbers, strict=True)))


# ---------------------------------------------------------------- filters


def positions(key: bytes, block: bytes, code: int, bits: int, length: int) -> list[int]:
    """Where one feature lands under one token."""
    words = aes(key, block[:8] + code.to_bytes(8, "little"))
    return [int.from_bytes(words[2 * number : 2 * number + 2], "little") % length for number in range(bits)]


def index_sets(key: bytes, length: int, t: int) -> list[list[int]]:
    """The t filter bits behind each travelling bit: t keyed permutations, with repeats in a row swapped away."""
    stream = Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor()
    rows: list[list[int]] = [[] for _ in range(length)]
    for _ in range(t):
        draws = [int.from_bytes(stream.update(bytes(8)), "little") for _ in range(length)]
        permutation = sorted(range(length), key=lambda bit: draws[bit])
        for bit in range(length):
            if permutation[bit] in rows[bit]:
                swaps = ((bit + step) % length for step in range(1, length))
                other = next(at for at in swaps if permutation[at] not in rows[bit] and permutation[bit] not in rows[at])
                permutation[bit], permutation[other] = permutation[other], permutation[bit]
        for bit in range(length):
            rows[bit].append(permutation[bit])
    return rows


def diffused(ones: set[int], sets: list[list[int]]) -> set[int]:
    """Each travelling bit is the XOR of its filter bits."""
    return {bit for bit, sources in enumerate(sets) if sum(source in ones for source in sources) % 2}


def filter_bits(key: bytes, where: tuple[str, str], values: list[str], block: bytes, rule: dict[str, object], t: int) -> set[int]:
    """The travelling bits of one filter: ``where`` is (entity, filter name), ``rule`` the filter's table of the agreement."""
    entity, name = where
    length, bits, q = (int(str(rule[word])) for word in ("length", "bits", "q"))
    own_key = sub_key(key, f"trilink/v1/filter/{entity}/{name}")
    ones: set[int] = set()
    for value in values:
        for kind in rule["features"]:  # type: ignore[attr-defined]
            for code in feature_codes(value, kind, q):
                ones |= set(positions(own_key, block, code, bits, length))
    return diffused(ones, index_sets(sub_key(key, f"trilink/v1/diffusion/{entity}/{name}"), length, t))


def pad(key: bytes, seed: bytes, length: int) -> tuple[bytes, bytes]:
    """The words that hide a filter, and its two-byte tag: AES of the seed with its last byte XORed with 0, 1, 2 ..., as far as needed."""
    stream = b"".join(aes(key, seed[:15] + bytes([seed[15] ^ step])) for step in range(length // 128 + 1))
    return stream[: length // 8], stream[length // 8 : length // 8 + 2]


def padded(travelling: bytes, hiding: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(travelling, hiding, strict=True))


def packed(ones: set[int], length: int) -> bytes:
    """Bit n is bit n mod 8 of byte n div 8."""
    return sum(1 << bit for bit in ones).to_bytes(length // 8, "little")


# ---------------------------------------------------------------- similarity


def share_before(share: float, t: int) -> float:
    """The share h of filter bits with ``share = (1 - (1 - 2h)^t) / 2``; a half where no h is (more than half, t even)."""
    rest = 1 - 2 * share
    root = float(abs(rest) ** (1 / t))
    if rest < 0:
        root = -root if t % 2 else 0.0
    return (1 - root) / 2


def typical_share(length: int, bits: int, features: int) -> float:
    """How full a filter is expected to be when so many features have set their bits, one after the other."""
    full = 0.0
    for _ in range(bits * features):
        full += (1 - full) / length
    return full


def dice(differing: int, shape: tuple[int, int, int], t: int) -> float:
    """Dice coefficient before diffusion, estimated from differing bits, of two filters as full as is typical: (length, bits, features)."""
    return 1 - share_before(differing / shape[0], t) / (2 * typical_share(*shape))


def level(left: set[int], right: set[int], rule: dict[str, object], t: int) -> int:
    """0 missing, 1 disagreement, then one more for each cut that the Dice coefficient reaches."""
    if not left or not right:
        return 0
    length, bits, typical = (int(str(rule[word])) for word in ("length", "bits", "typical"))
    value = dice(len(left ^ right), (length, bits, typical), t)
    return 1 + sum(value >= cut for cut in rule["levels"])  # type: ignore[attr-defined]


def pattern_code(levels: list[tuple[int, int]]) -> int:
    """(level, number of codes) of each filter in name order, as digits of a number, the first filter the lowest digit."""
    code, place = 0, 1
    for digit, codes in levels:
        code, place = code + place * digit, place * codes
    return code


# ---------------------------------------------------------------- pairs inside one table


def meeting_pairs(postings: list[tuple[bytes, int]]) -> set[tuple[int, int]]:
    """Pairs of records that share a token."""
    pairs = combinations(sorted(set(postings)), 2)
    return {(min(a, b), max(a, b)) for (one, a), (two, b) in pairs if one == two and a != b}


def agreeing(code: int, rule: EntityRule) -> float:
    """How well two records agree before any weight is known: every level's default weight, digit by digit of the pattern."""
    total = 0.0
    for name in sorted(rule.filters):
        codes = len(rule.filters[name].levels) + 2
        code, level = divmod(code, codes)
        if level:
            m = [0.08, *(0.5 ** (codes - at) for at in range(2, codes - 1)), 2.0]
            u = [1.0, *(0.3 ** (at - 1) for at in range(2, codes))]
            total += math.log2(m[level - 1] / sum(m) / (u[level - 1] / sum(u)))
    return total


def weighted(met: list[int], sampled: list[int], met_pairs: int, all_pairs: int) -> dict[int, float]:
    """How many of all pairs each pattern stands for, from the patterns of the counted pairs of both strata."""
    shares = dict.fromkeys(sorted({*met, *sampled}), 0.0)
    for code in met:
        shares[code] += met_pairs / len(met)
    for code in sampled:
        shares[code] += (all_pairs - met_pairs) / len(sampled)
    return shares
