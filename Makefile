# Set-up is part of every target: a fresh clone needs nothing but Python 3.11 and `make`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test test-slow faults bench lint docs wheel clean

help: ## Says what each target does.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: .venv.stamp ## Trains on handwritten digits that ship with scikit-learn, and draws samples.
	bin/train --gin_file=gin/digits.gin --run_dir=runs/digits

test: .venv.stamp ## Runs the tests but the slow ones.
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: .venv.stamp ## Runs the slow tests.
	$(BIN)/python -m pytest -m slow

faults: .venv.stamp ## Kills, damages and starves runs on purpose, and counts what held (docs/reliability.md).
	$(BIN)/python -m tests.faults

bench: .venv.stamp ## Times chains, step, samples and scores of the digits on this machine.
	bin/benchmark --gin_file=gin/digits.gin --repeats=5

lint: .venv.stamp ## Checks style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv.docs.stamp ## Builds the docs site into build/site; a warning or a broken link is an error.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

wheel: .venv.stamp ## Builds the wheel into dist/.
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

.venv.stamp: setup.py pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch .venv.stamp

# mkdocs and its plug-ins, into the same .venv; no other target needs them.
.venv.docs.stamp: .venv.stamp
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch .venv.docs.stamp

clean: ## Removes what the other targets made, but runs/.
	rm -rf .venv .venv.stamp .venv.docs.stamp build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
