# Each target sets up what it needs; a second time that costs nothing.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## replay real annotators and see what comes out (ARGS="--dataset dog")
	@$(BIN)/crowd demo $(ARGS)

up: $(STAMP) ## start everything, with embedded servers
	@$(BIN)/crowd up

test: $(STAMP) ## run the whole test suite on a real PostgreSQL and Redis
	@$(BIN)/python -m pytest $(ARGS)

bench: $(STAMP) ## measure the engine's speed beside crowd-kit's (see docs/benchmarks.md)
	@$(BIN)/python -m benchmarks.fit --answers 1000000 --classes 5 --against crowd-kit

check: $(STAMP) ## lint, types, borders between rooms, migrations against models
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/crowd db check

docs: $(STAMP) ## build the documentation as a site, in build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file config/mkdocs.yml
	@echo "Open build/site/index.html"

lock: ## write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet --output-file requirements.lock $(ARGS)

clean: ## remove the environment and what tools left behind
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache *.egg-info \
		crowd/web/static/vendor crowd/web/vendor/node_modules

$(STAMP): requirements.lock pyproject.toml setup.lock crowd/web/vendor/package-lock.json crowd/web/vendor/build.mjs crowd/web/vendor/echarts.js
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Crowd needs Python 3.11 or later; this is " + sys.version)'
	@echo "Setting up .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r setup.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python crowd/web/vendor/build.py
	@touch $@

.PHONY: help demo up test bench check docs lock clean
