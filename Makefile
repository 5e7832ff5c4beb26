# Two commands: `make run` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install run test check torture misreadings lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed .env ## Install everything into .venv and write .env once

$(VENV)/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) install --require-hashes --requirement requirements-dev.txt
	touch $@

.env: | $(VENV)/.installed
	$(BIN)/python -m bot.environment

run: install ## Start the simulator: web and worker together, ctrl-C stops both
	@$(BIN)/python -m bot.run

test: $(VENV)/.installed-dev ## Run all tests, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: $(VENV)/.installed-dev ## Lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

torture: $(VENV)/.installed-dev ## Kill, flood and fault for a long time
	TORTURE=long $(BIN)/python -m pytest tests/torture tests/end_to_end

misreadings: $(VENV)/.installed ## Simulate citizens who misread the scale, and draw the picture of it
	@$(BIN)/python -m bench.misreadings

lock: $(VENV)/.installed-dev ## Pin the newest dependencies, with hashes
	$(BIN)/uv pip compile pyproject.toml --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --output-file requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev --constraint requirements.txt --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --output-file requirements-dev.txt
