# Everything a person or the CI does. Needs Python 3.11 or later and make; the rest comes from requirements*.txt.
SHELL := /bin/sh
# The first that really runs: a version manager's stand-in for a missing one does not.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
TESTS ?= tests
PIP := $(BIN)/python -m pip --disable-pip-version-check
# An installation that was cut off leaves an environment that nothing can be installed into.
$(shell cut=$(VENV)/.unfinished; [ ! -f $$cut ] || kill -0 $$(cat $$cut) 2>/dev/null || rm -rf $(VENV))
# Where this is set, each of the many processes would compile all libraries again: seconds a process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo setup dev test check check-python check-types check-notebooks check-rules check-dependencies check-workflows format bench pictures soak release lock clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Two weeks of real history, from an empty machine to a morning; SCENARIO=synthetic makes one up
	@$(if $(filter synthetic,$(SCENARIO)),MIYABI_HOME=.miyabi-synthetic MIYABI_REPORTS_DIR=reports-synthetic) \
		$(BIN)/miyabi-dw demo $(if $(SCENARIO),--scenario $(SCENARIO))

setup: $(VENV)/.runtime ## Make the environment in .venv and install the command miyabi-dw into it

dev: $(VENV)/.dev ## The same with the developers' tools

test: check ## Check, then run all tests
	@$(BIN)/python -m pytest $(TESTS) --ignore=tests/static -n $(JOBS) --dist loadscope --no-loadscope-reorder

check: $(VENV)/.dev ## Lint and type-check Python, SQL and notebooks; a minute
	@$(MAKE) --no-print-directory --silent --jobs $(JOBS) $(VENV)/.sql-linted check-types check-dependencies \
		check-python check-rules check-notebooks check-workflows

# Side by side: most of them use one processor only.
check-python:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

check-types:
	@$(BIN)/mypy

check-notebooks:
	@$(BIN)/marimo --quiet check --strict notebooks/analysis/*.py

check-rules:
	@$(BIN)/python -m pytest tests/static -q -p no:cacheprovider

# Fails on a known vulnerability that a later version mends; where no service answers it says so.
check-dependencies:
	@PYTHONPATH=tests $(BIN)/python -m release.audit

check-workflows:
	@$(BIN)/zizmor --offline --quiet --no-progress .github/workflows
	@if command -v actionlint >/dev/null 2>&1; then actionlint; fi

# Parsing takes the linter minutes: it gets the files that changed since they passed, or all when its rules changed.
$(VENV)/.sql-linted: .sqlfluff $(shell find sql -name '*.sql' 2>/dev/null)
	@PYTHONWARNINGS=ignore $(BIN)/sqlfluff lint --disable-progress-bar $(if $(filter .sqlfluff,$?),sql,$?)
	@touch $@

format: $(VENV)/.dev ## Format the Python code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure speed and print the ratios
	@status=0; for file in tests/bench/[a-z]*.py; do \
		echo "== $$file"; PYTHONPATH=tests $(BIN)/python $$file || status=1; done; exit $$status

pictures: $(VENV)/.dev ## Draw each kind of page and app, by day and by night, wide and narrow, into build/pictures
	@$(BIN)/python -m pytest tests/browser/test_looks.py tests/browser/test_served.py -k "page_fits or notebook_opens" -q -n 0
	@echo "the pictures are in build/pictures"

soak: $(VENV)/.dev ## Play thirty days with faults and compare the end with a rebuild; SEED=7 plays those of seed 7
	@PYTHONPATH=tests $(BIN)/python -m soak.play $(if $(SEED),--seed $(SEED)) $(if $(DAYS),--days $(DAYS))

release: $(VENV)/.dev ## Build wheel, sdist, bill of materials and checksums of the last commit into dist
	@PYTHONPATH=tests $(BIN)/python -m release.build

lock: ## Renew requirements*.txt from pyproject.toml; needs uv
	uv pip compile $(LOCK) --extra build pyproject.toml -o requirements.txt
	uv pip compile $(LOCK) --extra build --extra dev --extra dask pyproject.toml -o requirements-dev.txt
LOCK := --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"

clean: ## Stop the embedded server, then remove the environment and all caches; data in .miyabi and reports stay
	@if [ -x $(BIN)/miyabi-dw ]; then $(BIN)/miyabi-dw server stop; fi
	@rm -rf $(VENV) build dist lib/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find lib tests notebooks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "error: no Python 3.11 to 3.14 found: install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 2; fi
	@echo "making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing the program; the first time it downloads some 300 MB"
	@$(call install,requirements.txt)
	@$(PIP) --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "installing the developers' tools"
	@$(call install,requirements-dev.txt)
	@touch $@

# pip's many lines become one that counts; its errors stay.
define install
$(PIP) install --no-compile --require-hashes -r $(1) >$(VENV)/pip.log 2>&1 & pip=$$!; \
echo $$pip >$(VENV)/.unfinished; \
while kill -0 $$pip 2>/dev/null; do sleep 0.5; [ ! -t 1 ] || awk -v all=$$(grep -c == $(1)) ' \
	/^(Collecting|Requirement already)/ { n++ } /^Installing collected/ { done = 1 } \
	END { if (done) printf "\r  %-40s", "unpacking"; else printf "\r  package %d of at most %d", n, all }' $(VENV)/pip.log; \
done; [ ! -t 1 ] || printf '\r%-40s\r' ''; \
wait $$pip || { tail -n 20 $(VENV)/pip.log >&2; exit 1; }; rm $(VENV)/.unfinished
endef
