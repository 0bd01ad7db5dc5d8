# Set-up is part of every target: a fresh clone needs nothing but Python 3.11 and `make`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow faults bench lint clean

demo: .venv.stamp
	bin/train --gin_file=gin/digits.gin --run_dir=runs/digits

test: .venv.stamp
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: .venv.stamp
	$(BIN)/python -m pytest -m slow

faults: .venv.stamp
	$(BIN)/python -m tests.faults

bench: .venv.stamp
	bin/benchmark --gin_file=gin/digits.gin --repeats=5

lint: .venv.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv.stamp: setup.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch .venv.stamp

clean:
	rm -rf .venv .venv.stamp build *.egg-info .pytest_cache .ruff_cache
