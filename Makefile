PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore
.DEFAULT_GOAL := help
.PHONY: help install lint test demo serve bench conformance lock wheel

help:
	@echo "make demo         set up and run the demonstration on an embedded database"
	@echo "make test         set up and run every test this machine can run"
	@echo "make serve        an empty store in ./.proximal"
	@echo "make lint · bench · conformance SUITE=<folder> · install · wheel · lock"

install: $(BIN)/.installed

$(BIN)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Proximal needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install
	$(BIN)/python -m pytest

demo: install
	PROXIMAL_DATA_DIR=$${PROXIMAL_DATA_DIR:-./.proximal-demo} $(BIN)/proximal demo

serve: install
	$(BIN)/proximal serve

bench: install
	$(BIN)/proximal bench ingest
	$(BIN)/proximal bench query
	$(BIN)/proximal bench adaptive

conformance: install
	$(BIN)/python -m tests.conformance $(SUITE)

wheel: install
	$(BIN)/python -m hatchling build --target wheel

lock: install
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--group dev pyproject.toml -o requirements.lock
