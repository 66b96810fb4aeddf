# Everything runs in .venv, which the first target that needs it sets up.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/ready
BENCH := .venv/ready-bench

.PHONY: help sweep test test-slow bench lint clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

sweep: $(READY) ## run the main job (rnn and lstm of three sizes) and print its table
	$(BIN)/python -m seqmem.train -m model=rnn,lstm hidden=2,5,10
	$(BIN)/python -m multirun_analysis multirun/recall

test: lint ## lint, and run the quick tests
	$(BIN)/python -m pytest -n auto

test-slow: $(READY) ## run the tests that take long
	$(BIN)/python -m pytest -m slow

bench: $(BENCH) ## train the same grids with seqmem and with its rivals (10 minutes)
	$(BIN)/python -m benchmarks

lint: $(READY) ## check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean: ## remove the environment and caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(BENCH): $(READY)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@
