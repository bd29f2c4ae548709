# Three commands matter: `make demo`, `make test` and `make live`. Each builds .venv from requirements.lock first, if
# needed, and writes nothing outside this folder and the user's cache. Kept to what GNU make 3.81 knows, because macOS
# ships that one.

SHELL := /bin/sh
VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin
# Extra words for pytest, e.g. `make test T="tests/core -k vector"`.
T ?=
# `make simulate HISTORIES=100000 ENGINE_HISTORIES=2000 SEED=7`.
SEED ?= 0
HISTORIES ?= 1000
ENGINE_HISTORIES ?= 30
# `make lock UPGRADE=--upgrade` takes the newest versions; without it only what pyproject.toml asks for changes.
UPGRADE ?=

COMPILE := pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: help demo test test-long simulate mutations study live live-install lint format types lock clean venv

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## run the whole story against the four sandbox systems
	$(BIN)/replicator demo

test: $(STAMP) ## run every test that needs neither Node nor Docker
	$(BIN)/python -m pytest $(T)

test-long: $(STAMP) ## the tests that take minutes: a rebuild of ten thousand products
	$(BIN)/python -m pytest -m long $(T)

simulate: $(STAMP) ## random histories through the real code: HISTORIES over the core, ENGINE_HISTORIES over all of it
	$(BIN)/replicator simulate --seed $(SEED) --histories $(HISTORIES) --engine-histories $(ENGINE_HISTORIES)

mutations: $(STAMP) ## every rule of the protocol weakened by one line: the simulation must catch each
	$(BIN)/python -m tests.simulation.mutations

study: $(STAMP) ## time windows against provenance: docs/study.md and its picture
	$(BIN)/python -m benchmarks.study

live: $(STAMP) ## run the tests that need the real Medusa, Directus and Strapi (installed first, in your cache)
	$(BIN)/python -m tests.live $(T)

live-install: $(STAMP) ## install the real systems, and nothing else
	$(BIN)/python -m tests.live.installs

lint: $(STAMP) ## style, format, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## put the code into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(STAMP) ## write docs/types.md anew: what is read and written where
	$(BIN)/python -m replicator.connectors.table > docs/types.md.new
	mv docs/types.md.new docs/types.md

venv: $(STAMP) ## build .venv from requirements.lock, and nothing else

# Half a build leaves no stamp, so the next call finishes it. An existing environment is brought up to date in place:
# whoever is running from it keeps running.
$(STAMP): requirements.lock pyproject.toml
	@set -e; \
	python=; uv=; \
	if command -v uv >/dev/null 2>&1; then uv=yes; needs='sys'; else needs='sys, venv, ensurepip'; fi; \
	for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if $$candidate -c "import $$needs; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; then \
	    python=$$candidate; break; fi; \
	done; \
	if test -z "$$python"; then \
	  echo "replicator needs Python 3.11 or newer with venv and pip (on Debian: apt install python3-venv); none was found on PATH." >&2; \
	  exit 1; \
	fi; \
	if test -n "$$uv"; then \
	  echo "Building $(VENV) with uv and $$python"; \
	  $(BIN)/python -c pass >/dev/null 2>&1 || uv venv --quiet --clear --no-python-downloads --python "$$python" $(VENV); \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  echo "Building $(VENV) with pip and $$python"; \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || "$$python" -m venv --clear $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $(STAMP)

# Two locks, one set of versions: requirements.lock is everything a developer needs, requirements-image.lock the part of it
# that goes into the container image.
lock: ## write both lock files anew (UPGRADE=--upgrade for newer versions)
	@set -e; \
	uv=uv; \
	if ! command -v uv >/dev/null 2>&1; then \
	  test -x .lock-venv/bin/uv || { python3 -m venv .lock-venv && .lock-venv/bin/pip install --quiet uv; }; \
	  uv=.lock-venv/bin/uv; \
	fi; \
	set -x; \
	$$uv $(COMPILE) $(UPGRADE) --all-extras -o requirements.lock; \
	$$uv $(COMPILE) --extra redis --extra build -c requirements.lock -o requirements-image.lock

clean: ## remove what make built; your data in .replicator stays
	rm -rf $(VENV) .lock-venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	find replicator tests -name __pycache__ -type d -prune -exec rm -rf {} +
