# Trilink. `make demo` runs the main job and `make test` passes the tests; both set up what they need first.
PYTHON ?= python3.11
BIN := .venv/bin
UV := VIRTUAL_ENV=.venv $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help setup demo test check audit docs bench bench-crash bench-desk bench-encode bench-link bench-machines bench-names bench-privacy bench-quality bench-seal bench-slices bench-soak bench-station fuzz lock sbom

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

setup: .venv/ready ## make .venv from the lock file, hashes checked

demo: .venv/ready ## three invented countries encode at home, the joint team links, each receives its list, and the seizure report; into demo/
	$(BIN)/trilink rehearse --out demo --seed 1
	$(BIN)/trilink lab report demo --year 2020 --out demo/seizures

test: .venv/ready check ## lint, types, import contracts, then all tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: .venv/ready ## lint, types and import contracts alone
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/ready ## speed of encoding and comparing, beside a plain peer in the same run
	$(BIN)/python -m benchmarks.speed

bench-crash: .venv/ready ## a small rehearsal stopped at every change of the disk, and run to its end
	$(BIN)/python -m benchmarks.crash

bench-desk: .venv/ready ## fifty investigators at once on a hundred thousand links
	$(BIN)/python -m benchmarks.desk

bench-soak: .venv/ready ## twenty epochs unattended with random faults, beside an undisturbed twin
	$(BIN)/python -m benchmarks.soak --epochs 20 --seed 1

bench-machines: .venv/ready ## four parties with homes, users and servers of their own, over SFTP
	$(BIN)/python -m benchmarks.four_machines

bench-slices: .venv/ready ## links by slice, with values as typed and as understood
	$(BIN)/python -m benchmarks.slices --size medium --seed 1

bench-station: .venv/ready ## a real Prefect server: a deployed run, and a failed one that tells
	$(BIN)/python -m benchmarks.station

bench-encode: .venv/ready .venv-peers/ready ## encoding, from the table to the sealed package, beside clkhash in the same run
	$(BIN)/python -m benchmarks.encode

bench-link: .venv/ready .venv-peers/ready ## the unit's comparison beside anonlink's, in the same run
	$(BIN)/python -m benchmarks.link --peer-python .venv-peers/bin/python
	$(BIN)/python -m benchmarks.scale --sizes 30000 --peer-python .venv-peers/bin/python

bench-names: .venv/ready ## aliases found by names alone, beside the similarity of their bigrams
	$(BIN)/python -m benchmarks.names

bench-privacy: .venv/ready ## what a package gives away over what it finds, into docs/
	$(BIN)/python -m benchmarks.privacy --out docs --work .privacy

bench-quality: .venv/ready .venv-peers/ready ## linkage quality beside Splink, recordlinkage and anonlink, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.quality --out benchmarks/RESULTS.md

bench-seal: .venv/ready ## sealing and opening, beside plain AES-GCM in the same run
	$(BIN)/python -m benchmarks.seal

fuzz: .venv/ready ## ten thousand altered packages, manifests, lists and messages
	$(BIN)/python -m benchmarks.fuzz --count 10000

docs: .venv/ready ## the documents as a site, strict, into site/
	$(BIN)/mkdocs build --strict --site-dir site

audit: .venv/ready ## known vulnerabilities of what the lock names; asks a public service
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

sbom: .venv/ready ## bill of materials (CycloneDX) and licences of everything in the lock, into dist/
	mkdir -p dist
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o dist/trilink.cdx.json requirements.lock
	$(BIN)/python -m tests.licences > dist/licences.txt

lock: .venv/ready ## resolve the dependencies anew into requirements.lock
	$(UV) pip compile pyproject.toml --all-extras --generate-hashes --python-version 3.11 --quiet --output-file requirements.lock
	$(UV) pip compile benchmarks/peers/requirements.in --generate-hashes --python-version 3.11 --quiet --output-file benchmarks/peers/requirements.lock

.venv/ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing; on Debian: apt-get install python3.11 python3.11-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv || echo "uv is not to be had; pip does it too, more slowly"
	@if [ -x $(BIN)/uv ]; then $(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.lock && $(UV) pip install --quiet --no-deps --no-build-isolation --editable . ; \
	else $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ; fi
	@touch $@

.venv-peers/ready: benchmarks/peers/requirements.lock .venv/ready
	$(PYTHON) -m venv .venv-peers
	@if [ -x $(BIN)/uv ]; then VIRTUAL_ENV=.venv-peers $(BIN)/uv pip sync --quiet --require-hashes $< ; \
	else .venv-peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $< ; fi
	@touch $@
