# Shopward: `make help` lists what there is. Every target sets up what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV ?= .venv
WORKERS ?= 2
UV ?= uv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --quiet
PROJECTS := pyproject.toml clients/python/pyproject.toml
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help setup run example example-setup debian test test-all test-slow check fmt lint types layers docs fix bench bench-discovery bench-all room crash attack-signin lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.check ## everything that running, testing and checking need, in .venv

run: $(VENV)/.runtime ## start Shopward with the example shop; the data stays in var/
	@exec $(VENV)/bin/shopward run

example: $(VENV)/.runtime example-setup ## a real django-oscar shop protected by Shopward, on SQLite
	@exec $(RUN) examples/oscar_shop/run.py

example-setup: .venv-example/.made ## the example shop's own environment

test: $(VENV)/.test debian ## the tests, without the slow ones
	@$(RUN) -m pytest -q -n $(WORKERS)
	@$(RUN) -m pytest -q -n $(WORKERS) --accounts postgres tests/console tests/identity

test-all: ## every test, slow ones too, on Python 3.11 and 3.13
	@scripts/test-versions 3.11 3.13

test-slow: $(VENV)/.test debian ## every test, slow ones too, on the Python of VENV
	@HYPOTHESIS_PROFILE=thorough $(RUN) -m pytest -q -n $(WORKERS) -m ""
	@$(RUN) -m pytest -q -n $(WORKERS) -m "" --accounts postgres tests/console tests/identity

debian: # what the tests need from Debian, where we may install it
	@scripts/debian-packages

check: fmt lint types layers docs ## format, lints, types, layers and generated pages

fmt: $(VENV)/.check
	@$(RUN) -m ruff format --check

lint: $(VENV)/.check
	@$(RUN) -m ruff check

types: $(VENV)/.check
	@$(RUN) -m mypy

layers: $(VENV)/.test
	@$(VENV)/bin/lint-imports --no-cache

docs: $(VENV)/.runtime
	@$(RUN) scripts/docs.py --check

fix: $(VENV)/.check ## format, mend what lints can mend, write the generated pages
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format
	@$(RUN) scripts/docs.py

bench: $(VENV)/.runtime ## the benchmark table and chart; ROWS=V1,V5 ENGINE=postgresql WORKERS=2 CUSTOMERS=1000000
	@$(RUN) -m benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(ENGINE),--engine $(ENGINE)) \
	  $(if $(filter-out file default,$(origin WORKERS)),--workers $(WORKERS)) $(if $(CUSTOMERS),--customers $(CUSTOMERS))

bench-discovery: $(VENV)/.runtime ## discovery against Presidio, which it installs into var/presidio
	@$(RUN) -m benchmarks.discovery

bench-all: $(VENV)/.runtime ## every row on both engines, 1 and 2 workers, both sizes; goes on where it stopped
	@$(RUN) -m benchmarks --all $(if $(FRESH),--fresh)

crash: $(VENV)/.test ## the full crash tests: kills, power cuts; writes docs/operations/durability.md
	@$(RUN) -m tests.crash $(if $(SEED),--seed $(SEED))

attack-signin: $(VENV)/.test ## attack the sign-in of a copy; writes docs/operations/attack-signin.md
	@$(RUN) -m tests.attacks.signin $(if $(ONLY),--only $(ONLY))

room: $(VENV)/.runtime ## start the room of a practice: make room NAME=tls
	@$(RUN) scripts/room.py $(NAME)

lock: ## choose dependency versions anew; needs uv
	@$(LOCK) $(PROJECTS) requirements/build.in --no-emit-package shopward-client -o requirements/runtime.txt $(UPGRADE)
	@$(LOCK) requirements/test.in -c requirements/runtime.txt -o requirements/test.txt $(UPGRADE)
	@$(LOCK) requirements/check.in -c requirements/runtime.txt -c requirements/test.txt -o requirements/check.txt $(UPGRADE)
	@$(LOCK) examples/oscar_shop/requirements.in -o examples/oscar_shop/requirements.txt $(UPGRADE)

clean: ## remove environments and caches; var/ (your data) stays
	@rm -rf .venv .venv-3.* .venv-example build .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} + ; rm -rf src/*.egg-info clients/python/src/*.egg-info

# Stamps: a step runs again only when what it was made from has changed.
$(VENV)/.made:
	@"$$(scripts/find-python)" -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made requirements/runtime.txt $(PROJECTS)
	@echo "Installing what Shopward needs ..." >&2
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e clients/python -e .
	@touch $@

.venv-example/.made: examples/oscar_shop/requirements.txt clients/python/pyproject.toml
	@echo "Installing what the example shop needs ..." >&2
	@"$$(scripts/find-python)" -m venv .venv-example
	@.venv-example/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@.venv-example/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation -e clients/python
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	@echo "Installing what the tests need ..." >&2
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.check: $(VENV)/.test requirements/check.txt
	@echo "Installing what the checks need ..." >&2
	@$(PIP) install --require-hashes -r requirements/check.txt
	@touch $@
