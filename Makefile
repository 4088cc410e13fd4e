# Everything sets itself up: a machine with Python 3.11 or newer and make needs nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 3
# The tests start some hundred programs: each would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

PYTEST := $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal
# What covers core/auth. Whatever runs under coverage takes twice as long, so the rest does not.
FACADE := tests/auth tests/test_doctor.py

.DEFAULT_GOAL := help
.PHONY: help run app setup test lint types format pictures bench bench-web soak mutants lock clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run ## Set up and start the service with SQLite and the stand-in for Clerk
	$(BIN)/core dev

app: $(VENV)/dev ## Start the Flutter app in a browser, beside `make run`
	$(BIN)/python -m app

setup: $(VENV)/dev ## Set up everything for working on it

test: $(VENV)/dev ## Set up and run the tests (about twenty minutes on two cores)
	$(PYTEST) $(FACADE) --cov=core.auth --cov-branch --cov-fail-under=100
	$(PYTEST) $(FACADE:%=--ignore=%)

lint: $(VENV)/dev ## Check the style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev ## Check the types
	$(BIN)/mypy

format: $(VENV)/dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: $(VENV)/dev ## Take the pictures of the docs anew
	mkdir -p build/pictures
	CORE_PICTURES=build/pictures $(BIN)/python -m pytest -q tests/app/test_story.py tests/web/test_screens.py
	for each in docs/pictures/*.png; do cp build/pictures/$${each##*/} docs/pictures/; done

bench: $(VENV)/bench ## Measure the speeds against the floor and the peers (needs wrk)
	missed=0; for each in bench/[apr][0-9]*.py; do $(BIN)/python $$each || missed=1; done; exit $$missed

bench-web: $(VENV)/dev ## Measure the web app in Chromium, on a phone's line and processor
	$(BIN)/python -m bench.w1_web

soak: $(VENV)/dev ## Run the long tests, and print a line for each figure
	SOAK=1 $(PYTEST) -m soak

mutants: $(VENV)/dev ## Change core/auth in every way and see that a test notices (half an hour)
	$(BIN)/pip install -q "mutmut>=3.8"
	$(BIN)/mutmut run

lock: $(VENV)/made ## Write requirements/ anew from pyproject.toml
	$(BIN)/pip install -q uv
	$(LOCK) --extra build -o requirements/run.txt
	$(LOCK) --extra build --extra app --extra dev -o requirements/dev.txt
	$(LOCK) --extra build --extra app --extra dev --extra bench -o requirements/bench.txt

clean: ## Remove what was made, but no data
	rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

# With its extras: else pip looks at the newest release for each extra first, which has no hash here.
LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-strip-extras pyproject.toml

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Core needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/%: requirements/%.txt pyproject.toml $(VENV)/made
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $<
	$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@
