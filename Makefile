PYTHON ?= python3.11
VENV ?= .venv
BIN = $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help install lint test demo serve bench conformance lock

help:
	@echo "make demo         set up and run the demonstration on an embedded database"
	@echo "make test         set up and run every test this machine can run"
	@echo "make serve        an empty store in ./.proximal"
	@echo "make lint · bench · conformance SUITE=<folder> · install · lock"

install: $(BIN)/.installed

$(BIN)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
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

lock:
	uv pip compile --quiet --no-header --no-emit-index-url --group dev pyproject.toml --extra-index-url= -o requirements.lock
