# Needs python3 (3.11 or later) with pip, and make. Every target makes what it needs.
#
#   make demo    the first report, from the records in examples/
#   make test    the tests, with branch coverage, and again on duckdb 2.x what touches DuckDB
#   make check   style, types, import contracts, the tree's own rules, the docs
#   make bench   the benchmarks of docs/benchmarks.md
#   make docs    writes the tables in docs/ anew from the application
#   make lock    writes constraints.txt anew from pyproject.toml
#   make clean   removes all that make made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --quiet --disable-pip-version-check
PACKAGES := $(VENV)/.packages-installed
INSTALLED := $(VENV)/.project-installed

DUCKDB2 := build/duckdb2
DUCKDB2_INSTALLED := $(DUCKDB2)/.installed
# Tests that cannot tell one version of DuckDB from the other.
WITHOUT_DUCKDB := tests/pricing tests/project tests/simulator tests/state tests/notify tests/http tests/replicate tests/tools

DUCKDB1_VERSION := 1.5.5
DUCKDB2_VERSION := 2.0.0
PIP_TOOLS := build/pip-tools
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(PIP_TOOLS)/bin/pip-compile --quiet --upgrade \
	--generate-hashes --allow-unsafe --strip-extras --no-config --resolver=backtracking \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

# How many processes share the tests: one for each core.
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal

DEMO := build/demo
DEMO_MONTH := 2024-10
# A ledger of its own and nobody's settings, so that the demo shows the same to everyone.
IN_DEMO := COSTING_HOME=$(DEMO) COSTING_HARDWARE=examples/hardware.toml \
	XDG_CONFIG_HOME="$(CURDIR)/$(DEMO)"

.PHONY: all demo test test-duckdb1 test-duckdb2 check bench docs lock clean
.DELETE_ON_ERROR:

all: test check

# The environment. --without-pip: Debian's python3 makes no other kind without a further package.
$(PACKAGES): constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or later is needed\nhelp: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	$(PIP) install --require-hashes -r constraints.txt
	@touch $@

$(INSTALLED): $(PACKAGES) pyproject.toml
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# duckdb 2.x alone, to be laid over the environment; all else stays what constraints.txt says.
$(DUCKDB2_INSTALLED): constraints-duckdb2.txt $(PACKAGES)
	rm -rf $(DUCKDB2)
	$(PIP) install --no-deps --require-hashes -r constraints-duckdb2.txt --target $(DUCKDB2)
	@touch $@

demo: $(INSTALLED)
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(IN_DEMO) $(BIN)/costing ingest examples/predictions.jsonl
	$(IN_DEMO) $(BIN)/costing report monthly --month $(DEMO_MONTH)
	$(IN_DEMO) $(BIN)/costing hardware missing --limit 10

test: test-duckdb1 test-duckdb2

test-duckdb1: $(INSTALLED)
	$(PYTEST) --cov --cov-report=term-missing

test-duckdb2: $(INSTALLED) $(DUCKDB2_INSTALLED)
	@PYTHONPATH=$(CURDIR)/$(DUCKDB2) $(BIN)/python -c 'import duckdb, sys; print("duckdb", duckdb.__version__); sys.exit(duckdb.__version__[0] != "2")'
	PYTHONPATH=$(CURDIR)/$(DUCKDB2) $(PYTEST) -m "not slow" $(WITHOUT_DUCKDB:%=--ignore=%)

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest --quiet tests/project

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

docs: $(INSTALLED)
	$(BIN)/python docs/reference.py

# Written by the oldest Python that the project supports: make lock PYTHON=python3.11.
# What this machine's pip is told to look at must not decide what others install.
lock: export PIP_CONFIG_FILE = /dev/null
lock: export PIP_FIND_LINKS =
lock: export PIP_EXTRA_INDEX_URL =
lock:
	$(PYTHON) -m venv --clear $(PIP_TOOLS)
	$(PIP_TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
	echo "duckdb==$(DUCKDB1_VERSION)" > $(PIP_TOOLS)/locked.txt
	$(PIP_COMPILE) --extra apprise --extra dev --extra serve --extra simulate --extra bench --all-build-deps --constraint $(PIP_TOOLS)/locked.txt --output-file constraints.txt pyproject.toml
	echo "duckdb==$(DUCKDB2_VERSION)" | $(PIP_COMPILE) --output-file constraints-duckdb2.txt -

clean:
	rm -rf $(VENV) build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
