# Trilink: `make demo` runs the main job, `make test` passes the tests; both set up what they need first.
PYTHON ?= python3.11
RUN := .venv/bin/

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-14s %s\n", $$1, $$2}'

setup: .venv/ready ## make .venv from the lock file, with hashes

.venv/ready: requirements.lock pyproject.toml
	@sh -c 'command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: apt-get install python3.11 python3.11-venv" >&2; exit 1; }'
	$(PYTHON) -m venv .venv
	$(RUN)pip install --quiet --disable-pip-version-check uv || echo "uv is not to be had: pip takes longer"
	if [ -x $(RUN)uv ]; then VIRTUAL_ENV=.venv $(RUN)uv pip sync --quiet --require-hashes requirements.lock && VIRTUAL_ENV=.venv $(RUN)uv pip install --quiet --no-deps -e . ; \
	else $(RUN)pip install --quiet --require-hashes -r requirements.lock && $(RUN)pip install --quiet --no-deps -e . ; fi
	touch $@
