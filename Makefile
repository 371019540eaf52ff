# Everything here runs from the project's own virtual environment, built from pinned versions.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
HOST ?= 127.0.0.1
DEMO_DATA ?= demo-data
SECONDS ?= 60
SIZES ?= 2000000 10000000
ONLY ?=

.PHONY: postgresql chromium kernels help setup demo check test test-long fuzz bench bench-full docs constraints clean

help:  ## say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Letrics needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name one: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing Letrics and its pinned dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgresql]'
	@touch $@

setup: $(VENV)/.ready  ## build .venv from pinned versions

demo: $(VENV)/.ready  ## build a demo data set, serve it, print a URL, a token and a curl line (PORT=8000, HOST=127.0.0.1)
	@$(BIN)/letrics --data $(DEMO_DATA) demo --host $(HOST) --port $(PORT)

check: $(VENV)/.ready  ## style, types, layering, docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tests of accounts start a PostgreSQL server of their own.
postgresql:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq -y install postgresql >/dev/null; } \
	|| { echo "The tests need PostgreSQL's server programs. On Debian and Ubuntu: apt-get install postgresql"; exit 1; }

# The tests of pages use a real browser.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq -y install chromium >/dev/null; } \
	|| { echo "The tests need Chromium. On Debian and Ubuntu: apt-get install chromium"; exit 1; }

# Else each of the many processes that tests start would compile the search, and where none of it is kept all code.
kernels: $(VENV)/.ready
	@$(BIN)/python -m compileall -q src
	@$(BIN)/python -c "from letrics.index import kernels; kernels.prepare()"

test: kernels postgresql chromium  ## the tests
	$(BIN)/pytest -n auto -m "not long"

test-long: kernels postgresql chromium  ## the tests and the long suites
	$(BIN)/pytest -n auto

fuzz: $(VENV)/.ready  ## fuzz every reader of foreign bytes, for so many seconds each (SECONDS=60)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	cd tests && ../$(BIN)/python -m fuzz.guided $(SECONDS) ../.fuzz

# The peers are installed here and nowhere else.
$(VENV)/.bench: $(VENV)/.ready
	@echo "Installing the engines that Letrics is compared with ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@

bench: $(VENV)/.bench postgresql  ## Letrics beside its peers, 200,000 contacts, minutes (ONLY="letrics mixed")
	$(BIN)/python -m benchmarks all --sizes 200000 --only "$(ONLY)"

bench-full: $(VENV)/.bench postgresql  ## the same with 2 and 10 million contacts, an hour and more (SIZES="2000000")
	$(BIN)/python -m benchmarks all --sizes "$(SIZES)" --only "$(ONLY)"

docs: $(VENV)/.ready  ## write docs/reference/ anew from the registries
	$(BIN)/python -m letrics.cli.reference docs/reference

constraints:  ## pin the newest versions into constraints.txt
	$(PYTHON) -m venv .venv-constraints
	.venv-constraints/bin/python -m pip install --quiet --disable-pip-version-check '.[bench,dev,fuzz,postgresql]'
	.venv-constraints/bin/python -m pip freeze --exclude letrics > constraints.txt
	rm -rf .venv-constraints

clean:  ## remove the virtual environment and the demo data
	rm -rf $(VENV) $(DEMO_DATA)
