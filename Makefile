# Everything there is to do with this repository. `make help` lists it.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --quiet --no-input --disable-pip-version-check

# The first Python on this machine that is new enough; `make setup PYTHON=/some/python3` takes another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)

.PHONY: help setup demo test soak lint format bench bench-validation bench-compare bench-build lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/installed  ## make the environment .venv; instant when nothing changed

demo: setup  ## play the whole process on real flights in demo/, and leave portal and node running over it
	@$(VENV)/bin/assay demo --home demo

test: setup  ## lint and all suites, each beside its budget (SUITES="core docs" runs some)
	@$(RUN) tests/run.py $(SUITES)

soak: setup  ## the same with full counts and no budgets; takes hours
	@ASSAY_SOAK=1 $(RUN) tests/run.py $(SUITES)

lint: setup  ## style, types and floors only
	@$(RUN) tests/run.py lint

format: setup  ## mend what can be mended without a thought
	@$(VENV)/bin/ruff check --quiet --fix . ; $(VENV)/bin/ruff format .

bench: setup  ## measure beside a hand-written script, on real data
	@$(RUN) benchmarks/run.py

bench-validation: setup  ## measure 31 checks on ten million rows, beside hand-written SQL and the tools of others; an hour
	@$(RUN) benchmarks/validation/run.py --dir build/bench-validation

bench-compare: setup  ## measure comparing two versions of ten million rows, in the same company; half an hour
	@$(RUN) benchmarks/compare/run.py --dir build/bench-compare

bench-build: setup  ## measure building 50, 300 and 1,000 models, beside a raw loop, dbt and SQLMesh; an hour
	@$(RUN) benchmarks/build/run.py --dir build/bench-build

# Hashes and versions only: whoever installs uses the package index of their own house. LOCK="--upgrade" takes newer ones.
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" --quiet $(LOCK)

lock:  ## write requirements/*.txt anew from pyproject.toml
	@command -v uv >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	@$(COMPILE) -o requirements/run.txt
	@$(COMPILE) --extra portal --extra postgresql --extra sources-postgresql --extra polars --extra pandas --group dev --constraints requirements/run.txt -o requirements/dev.txt

clean:  ## remove everything that make makes
	@rm -rf $(VENV) build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is what the lock says and nothing else, so a changed lock makes a new one. The stamp is written last:
# a run that was killed has left none, and the next one begins again. pip would compile on one processor; files that do not
# compile are none that are imported.
$(VENV)/locked: requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Assay needs Python 3.11 or newer, and none was found. Install one (on Debian:" \
		"apt-get install python3 python3-venv) or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON): the packages of requirements/dev.txt, about a minute."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) --require-hashes --no-compile --requirement requirements/dev.txt
	@$(RUN) -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $@

$(VENV)/installed: $(VENV)/locked pyproject.toml
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
