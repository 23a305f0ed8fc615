"""clkhash on one CSV file: its records a second, as JSON. Runs in an environment of its own, for clkhash pins an older cryptography."""

import csv
import io
import json
import resource
import sys
import time

FIELDS = [
    "given_names", "surname_1", "surname_2", "date_of_birth", "sex", "house_number", "street", "locality", "region", "postal_code", "phone",
]  # fmt: skip
HASHING = {"strategy": {"bitsPerFeature": 10}, "hash": {"type": "doubleHash"}, "comparison": {"type": "ngram", "n": 2}}
KEY_DERIVATION = {"type": "HKDF", "hash": "SHA256", "info": "", "salt": "", "keySize": 64}


def main() -> None:
    """``clkhash_peer.py FILE``: encode name, birth, address and telephone of every row into one CLK of 1,024 bits."""
    from clkhash import clk, schema

    features = [{"identifier": "record_id", "ignored": True}]
    features += [{"identifier": name, "format": {"type": "string", "encoding": "utf-8"}, "hashing": HASHING} for name in FIELDS]
    linkage = schema.from_json_dict({"version": 3, "clkConfig": {"l": 1024, "kdf": KEY_DERIVATION}, "features": features})
    table = io.StringIO()
    writer = csv.writer(table)
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        writer.writerow(["record_id", *FIELDS])
        writer.writerows([row["record_id"], *(row[name] for name in FIELDS)] for row in csv.DictReader(file))
    table.seek(0)
    started = time.perf_counter()
    made = clk.generate_clk_from_csv(table, "a secret of the benchmark", linkage, validate=False, progress_bar=False)
    seconds = time.perf_counter() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = sum(usage.ru_maxrss for usage in used) / 1024
    print(json.dumps({"records": len(made), "seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main()
