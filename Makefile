# Each target sets up what it needs: the machine needs only Python 3.11 or newer and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 4
# The tests start some hundred programs: each would compile its imports again.
unexport PYTHONDONTWRITEBYTECODE

PYTEST := $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal --durations=10
# The tests of core/auth. Coverage doubles their time, so the others run without it.
FACADE := tests/auth tests/test_doctor.py

# The web app's checks need npm. Without it they are skipped, which is a failure in CI.
NPX := $(if $(shell command -v npm),node_modules/.bin/,scripts/skip_without_npm )
TSC_PARTS := tsconfig.json tsconfig.worker.json tsconfig.tests.json
# The files whose words are checked. tests/data quotes files of other tools; the dictionary quotes the banned words.
READ   := ./app ./bench ./core ./deploy ./devclerk ./docs ./scripts ./tests ./usecases ./.ci ./.github \
	$(wildcard ./*.md ./*.toml ./*.ini) ./Makefile ./.env.example ./.pre-commit-config.yaml
UNREAD := ./tests/data,./scripts/banned_words.*,./app/build,__pycache__,.*_cache,node_modules

.DEFAULT_GOAL := help
.PHONY: help run app setup test coverage lint types format pictures bench bench-web soak schemathesis mutants lock clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run ## Set up and start the service with SQLite and the stand-in for Clerk (PORT=8001)
	$(BIN)/core dev $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

app: $(VENV)/dev ## Start the Flutter app in a browser, next to `make run`
	$(BIN)/python -m app

setup: $(VENV)/dev ## Set up everything for development

test: $(VENV)/dev ## Set up and run the tests (about ten minutes on two cores)
	$(PYTEST) $(FACADE) --cov=core.auth --cov-branch --cov-fail-under=100
	$(PYTEST) $(FACADE:%=--ignore=%)

coverage: $(VENV)/dev ## Run every test and measure the coverage of core/ (takes twice as long)
	mkdir -p build
	# tests/test_start.py counts the modules that a command loads: coverage loads more.
	$(PYTEST) --ignore=tests/test_start.py --cov=core --cov-branch --cov-config=scripts/coverage.ini --cov-report=term \
		--cov-report=json:build/coverage.json
	$(BIN)/python scripts/check_coverage.py build/coverage.json

lint: $(VENV)/dev node_modules ## Check the style and the words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NPX)biome check
	$(foreach part,$(TSC_PARTS),$(NPX)tsc --project $(part) &&) true
	$(BIN)/codespell -H --skip "$(UNREAD),./core/web/manifest.de.webmanifest,./core/web/js/words/de.js,./core/web/js/words/server_messages.js,./core/web/js/words/searches.js,./core/web/js/words/training.js,./core/web/js/words/transfer.js,./app/words/de.py,./app/words/server_messages.py" $(READ)
	$(BIN)/codespell -H --skip "$(UNREAD)" -D scripts/banned_words.txt \
		--regex "$$(cat scripts/banned_words.regex)" $(READ)

types: $(VENV)/dev ## Check the types
	$(BIN)/mypy

format: $(VENV)/dev node_modules ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPX)biome check --write

pictures: $(VENV)/dev ## Take the pictures of the docs again, and a contact sheet of every look
	mkdir -p build/pictures
	CORE_PICTURES=build/pictures $(BIN)/python -m pytest -q tests/app/test_story.py tests/web/test_screens.py \
		tests/web/contact_sheet.py
	for each in docs/pictures/*.png; do cp build/pictures/$${each##*/} docs/pictures/; done
	cp build/pictures/web-library-360-light.png core/web/screenshots/narrow.png
	cp build/pictures/web-library-1400-light.png core/web/screenshots/wide.png

bench: $(VENV)/bench ## Measure the speeds against the floor and the peers (needs wrk)
	missed=0; for each in bench/[apr][0-9]*.py; do $(BIN)/python $$each || missed=1; done; exit $$missed

bench-web: $(VENV)/dev ## Measure the web app in Chromium, on a phone's line and processor
	missed=0; for each in w1_web w2_reactions; do $(BIN)/python -m bench.$$each || missed=1; done; exit $$missed

soak: $(VENV)/dev ## Run the long tests, and print a line for each figure
	SOAK=1 $(PYTEST) -m soak $(TESTS)

schemathesis: $(VENV)/dev ## Compare the OpenAPI description with what the service answers (ten minutes)
	$(BIN)/pip install -q "schemathesis>=4.32"
	PYTHONPATH=. $(BIN)/python scripts/check_openapi.py

mutants: $(VENV)/dev ## Mutate core/auth and check that a test fails for each mutant (half an hour)
	$(BIN)/pip install -q "mutmut>=3.8"
	$(BIN)/mutmut run

lock: $(VENV)/made ## Regenerate requirements/ from pyproject.toml
	$(BIN)/pip install -q uv
	$(LOCK) --extra build -o requirements/run.txt
	$(LOCK) --extra build --extra tracing -o requirements/tracing.txt
	$(LOCK) --extra build --extra tracing --extra app --extra dev -o requirements/dev.txt
	$(LOCK) --extra build --extra tracing --extra app --extra dev --extra bench -o requirements/bench.txt

clean: ## Remove all generated files, but no data
	rm -rf $(VENV) node_modules build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .schemathesis

# With its extras: else pip looks at the newest release for each extra first, which has no hash here.
LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-strip-extras pyproject.toml

node_modules: package.json package-lock.json
	$(if $(shell command -v npm),npm ci --no-audit --no-fund --ignore-scripts && touch $@)

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Core needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/%: requirements/%.txt pyproject.toml $(VENV)/made
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $<
	$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@
