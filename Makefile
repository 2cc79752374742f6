# The commands of this project; README.md tells when to use which.
.PHONY: setup demo demo-reset run test installed alone thorough style check fuzz attack chaos load soak bench screenshots clean

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

# Hundreds of processes begin in a run of the tests: each would compile every file anew.
unexport PYTHONDONTWRITEBYTECODE

setup: .venv/.setup

.venv/.setup: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "companion needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || { echo "making .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing what companion runs on"
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

.venv/.demo: .venv/.setup requirements-demo.txt
	@echo "installing the virtual devices"
	@$(PIP) install -r requirements-demo.txt
	@touch $@

.venv/.dev: .venv/.demo requirements-dev.txt
	@echo "installing what the tests need"
	@$(PIP) install -r requirements-dev.txt
	@touch $@

demo: .venv/.demo
	@$(BIN)/companion demo

demo-reset:
	rm -rf var/demo

run: .venv/.setup
	@$(BIN)/companion run

# A file's tests stay together: what a module sets up is set up once. One worker more than processors: some tests wait.
# Beside pip and the look at the types, what others made is fetched.
test:
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target style installed
	$(TESTS) --numprocesses $(shell expr $$(nproc) + 1) --dist loadfile --no-loadscope-reorder --durations=40 --durations-min=2 \
		|| { test $$? -eq 1 && $(MAKE) --no-print-directory alone; }

installed:
	@deploy/install-test-packages
	@$(MAKE) --no-print-directory $(JUDGES)
	@$(PYTHON) -m tests.attack.tools schemathesis

TESTS := $(BIN)/python -m pytest

# Browsers and servers share two processors with three workers: what failed among them is asked once more, by itself.
# What fails again fails the run; what passes is named above, and wants mending.
alone:
	@echo "once more, one at a time: what failed above"
	$(TESTS) --last-failed --last-failed-no-failures none --maxfail 1

# Every test of many made-up cases, with twelve times as many of them.
thorough: .venv/.dev
	$(TESTS) -m hypothesis --hypothesis-profile thorough

# What judges what we write, from npm: Twilio's API by Prism, FHIR by its validator, pages by axe and Lighthouse.
JUDGES := tests/prism/node_modules/.installed tests/fhir/node_modules/.installed tests/judges/node_modules/.installed

%/node_modules/.installed: %/package-lock.json
	@command -v npm >/dev/null || { echo "no npm: $* is left out"; test -z "$$CI"; }
	@! command -v npm >/dev/null || { cd $* && npm ci --no-audit --no-fund --silent && touch node_modules/.installed; }

style: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: style
	$(BIN)/python -m pytest -q tests/test_architecture.py

FUZZ_SECONDS ?= 60

fuzz: .venv/.dev
	@$(BIN)/python -m tests.fuzz.uploads $(FUZZ_SECONDS)

# TOOLS="--only bandit" runs one; each is installed into an environment of its own under .venv-attack.
attack: .venv/.dev
	@$(BIN)/python -m tests.attack $(or $(TOOLS),--write)

# STACK="--stack large" SCENE="--scene clinic": see docs/load.md.
load: .venv/.dev
	@$(BIN)/python -m tests.load $(STACK) $(SCENE) --write

soak: .venv/.dev
	@$(BIN)/python -m tests.load $(STACK) --seconds 1800 --write

# WRITE=docs/chaos.md puts the tables there.
CHAOS_SECONDS ?= 300
SEED ?= 7
CHAOS_KILLS ?= 500

chaos: .venv/.dev
	@deploy/install-test-packages
	@$(BIN)/python -m tests.chaos --seed $(SEED) --seconds $(CHAOS_SECONDS) --kills $(CHAOS_KILLS) $(if $(WRITE),--write $(WRITE))

bench: .venv/.dev
	@$(BIN)/companion bench all --write docs/benchmarks.md
	@$(BIN)/python -m companion.benches.scaling docs/benchmarks.md docs/scaling.md

screenshots: .venv/.dev
	@mkdir -p docs/pages
	@$(BIN)/python -m tests.judges.screenshots docs/pages

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
