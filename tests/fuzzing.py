"""Mutated packages, manifests, lists and messages, from a seed: each is refused in one clean line and leaves nothing, or does what it says.

What is altered on the way must be refused or have the same effect. What a sender alters before it signs is its own word: it must be
refused, or be as well made as what an honest sender signs.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from linkage.owner.regrouping import answer_request
from linkage.owner.resolution import resolve_list
from linkage.protocol.container import Header, SealedWriter, signed_bytes
from linkage.protocol.errors import TrilinkError
from linkage.protocol.linked_cases import PART as LIST_PART
from linkage.protocol.refusal import read_refusals, telling
from linkage.protocol.sealing import Expectation, Manifest, open_sealed
from linkage.unit.issuing import list_path
from linkage.unit.package_check import NON_MATCHES, check_facts, check_parts
from tests.mutations import Bytes, Json
from tests.parties import NOW, UNIT, Letter, Parties
from tests.small_world import people

LONGEST_LINE = 600
LEDGER = ("ledger.jsonl", "ledger.head")  # notes what was refused

Effect = object
Try = Callable[[bytes, Path], Effect]


class World:
    """Honest parties and what they sent each other, to be mutated; ``targets``: sample, what opens it, whether on the way."""

    def __init__(self, folder: Path) -> None:
        self.parties, self.folder = Parties(folder / "parties", people()), folder
        self.unit = self.parties.unit("unit")
        self.unit.run()
        self.asking = self.parties.unit("asking")
        self.asking.take_in(*self.parties.packages())
        self.request = self.asking.ask()["mx"]
        self.home = self.parties.at_home("mx")
        self.package = self.parties.letter(self.parties.package("mx"))
        self.manifest = self._manifest()
        self.targets: dict[str, tuple[Bytes, Try, bool]] = {
            "package on the way": (Bytes(self.parties.package("mx").read_bytes()), self.open_package, True),
            "manifest": (Json(self.manifest.canonical()), self.open_manifest, False),
            "postings": (Bytes(self.package.parts["part-0000.arrow"]), self.part("part-0000.arrow"), False),
            "non-matches": (Bytes(self.package.parts[NON_MATCHES]), self.part(NON_MATCHES), False),
            "list on the way": (Bytes(self._list().read_bytes()), self.resolve, True),
            "list": (Json(self._letter(self._list(), "list", "mx").parts[LIST_PART]), self.signed_list, False),
            "request": (Bytes(self._letter(self.request, "regroup_request", "mx").parts["suspect.arrow"]), self.signed_request, False),
            "answer": (Bytes(self._answer().parts["suspect.postings.arrow"]), self.answer("suspect.postings.arrow"), False),
            "answer's groups": (Bytes(self._answer().parts["suspect.groups.arrow"]), self.answer("suspect.groups.arrow"), False),
            "refusal on the way": (Bytes(self._refusal().read_bytes()), self.open_refusal, True),
        }
        self.parties.forget_questions("mx")  # so that it may be asked anew

    def open_package(self, data: bytes, scratch: Path) -> Effect:
        (scratch / "package.sealed").write_bytes(data)
        owners = {name: keys.public() for name, keys in self.parties.keys.items() if name != UNIT}
        expect = Expectation("package", self.parties.agreement.fingerprint, self.parties.epoch, NOW)
        with open_sealed(scratch / "package.sealed", self.parties.keys[UNIT], owners, expect) as message:
            check_facts(message.manifest, self.parties.agreement, "package")
            return message.manifest.canonical(), message.read_parts()

    def open_manifest(self, data: bytes, scratch: Path) -> Effect:
        """Signed and sealed as it is by a sender that keeps to nothing else."""
        mx, to = self.parties.keys["mx"], self.parties.keys[UNIT].public()
        stream = b"".join(self.package.parts.get(part.name, bytes(part.bytes)) for part in self.manifest.parts)  # padding is zeros
        header = Header("package", "mx", UNIT, to.fingerprint(), 4 + len(data) + 64 + len(stream))
        with (scratch / "made").open("wb") as sink:
            writer = SealedWriter(sink, header, to, bytes(32))
            writer.write(len(data).to_bytes(4, "big") + data + mx.sign(signed_bytes(header, data)) + stream)
            writer.finish()
        return self.open_package((scratch / "made").read_bytes(), scratch)

    def part(self, name: str) -> Try:
        def checked(data: bytes, scratch: Path) -> Effect:
            for part, content in (self.package.parts | {name: data}).items():
                (scratch / part).write_bytes(content)
            check_parts(scratch, self.package.body, self.parties.agreement, "package")
            return None

        return checked

    def resolve(self, data: bytes, scratch: Path) -> Effect:
        (scratch / "list.sealed").write_bytes(data)
        resolve_list(self.home, scratch / "list.sealed", scratch / "out")
        return sorted(path.read_bytes() for path in (scratch / "out").iterdir())

    def signed_list(self, data: bytes, scratch: Path) -> Effect:
        letter = self._letter(self._list(), "list", "mx")
        letter.parts = {LIST_PART: data}
        return self.resolve(letter.seal(scratch / "made.sealed").read_bytes(), scratch)

    def signed_request(self, data: bytes, scratch: Path) -> Effect:
        letter = self._letter(self.request, "regroup_request", "mx")
        letter.parts = {"suspect.arrow": data}
        answer_request(self.home, letter.seal(scratch / "made.sealed"), scratch / "out")
        return None

    def answer(self, name: str) -> Try:
        def taken(data: bytes, scratch: Path) -> Effect:
            letter = self._answer()
            letter.parts = letter.parts | {name: data}
            self.asking.take_answers(letter.seal(scratch / "made.sealed"))
            return None

        return taken

    def open_refusal(self, data: bytes, scratch: Path) -> Effect:
        (scratch / "refusal.sealed").write_bytes(data)
        found = read_refusals(scratch, self.parties.keys["mx"], self.parties.agreement, NOW)
        if not found:
            raise TrilinkError("passed over: not a refusal to us by its header")
        return found

    def _manifest(self) -> Manifest:
        owners = {"mx": self.parties.keys["mx"].public()}
        expect = Expectation("package", self.parties.agreement.fingerprint, None, NOW)
        with open_sealed(self.parties.package("mx"), self.parties.keys[UNIT], owners, expect) as message:
            return message.manifest

    def _letter(self, path: Path, kind: str, to: str) -> Letter:
        return self.parties.letter(path, kind, to)

    def _list(self) -> Path:
        return list_path(self.unit.out, self.parties.epoch, "mx")

    def _answer(self) -> Letter:
        return self._letter(self.parties.answer("mx", self.request), "regroup_answer", UNIT)

    def _refusal(self) -> Path:
        expired = self.parties.lying(self.parties.package("mx"), lambda letter: vars(letter).update(epoch="2026-10"))
        folder = self.folder / "refusals"
        try:
            telling(self.parties.keys[UNIT], self.parties.agreement, folder, lambda: self.parties.unit("refusing").take_in(expired))
        except TrilinkError:
            return next(folder.iterdir())
        raise AssertionError("it was to be refused")


def fuzz(world: World, count: int, seed: int) -> dict[str, Counter[str]]:
    """Try ``count`` mutations, the targets in turn; how many of each were refused and how many went through. Anything else raises."""
    said: dict[str, Counter[str]] = {name: Counter() for name in world.targets}
    chance, scratch = random.Random(seed), world.folder / "scratch"
    honest = {name: _tried(run, sample.sample, scratch, world) for name, (sample, run, strict) in world.targets.items() if strict}
    for number in range(count):
        name = list(world.targets)[number % len(world.targets)]
        sample, run, strict = world.targets[name]
        data = sample.mutated(chance)
        effect = _tried(run, data, scratch, world)
        if isinstance(effect, str):
            said[name]["refused"] += 1
        else:
            assert not strict or effect == honest[name], f"{name}, seed {seed}, case {number}: altered on the way, and it made a difference"
            said[name]["went through"] += 1
    return said


def _tried(run: Try, data: bytes, scratch: Path, world: World) -> Effect:
    """The effect, or the line with which it was refused, of which nothing may be left."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    before = _tree(world)
    refused: TrilinkError | None = None
    try:
        return run(data, scratch)
    except TrilinkError as error:
        refused = error
    line = str(refused)
    assert line and "\n" not in line and len(line) < LONGEST_LINE, f"not one clear line: {line!r}"
    assert refused.__context__ is None, "what caused it is dragged along"
    assert not (scratch / "out").exists() and _tree(world) == before, f"{line}: something of it was written"
    return line


def _tree(world: World) -> list[tuple[str, int, int]]:
    """Every file of the homes that messages go into, with its length and time of writing."""
    homes = (world.asking.home, world.home.profile.home)
    return sorted(
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for home in homes
        for path in home.rglob("*")
        if path.is_file() and path.name not in LEDGER
    )
