# Every target sets up what it needs first, and that takes no time once it is there.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo fragile test setup lint types format rules bench lock clean

# exec: an interrupt reaches the command itself, and make waits until it has cleaned up.
run := @PATH="$$PWD/.tools/bin:$$PWD/.venv/bin:$$PATH" && exec

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

demo: ## the whole harness against the sandbox, on this machine
	@script/setup demo
	$(run) seakeep run --platform sandbox

fragile: ## the same against one pod that nothing restarts: an experiment that deviates
	@script/setup demo
	@exec script/fragile

test: ## every check and test; PYTEST_ARGS='-x -k lti' goes to pytest
	@script/setup test
	@exec script/test

setup: ## the set-up alone: .venv, Chromium, the Pushgateway, Prometheus, kubectl
	@script/setup test

lint: ## ruff, and the import directions
	@script/setup venv
	@.venv/bin/ruff check
	@.venv/bin/lint-imports

types: ## mypy
	@script/setup venv
	@.venv/bin/mypy

format: ## rewrites the code as ruff wants it
	@script/setup venv
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

rules: ## reports/alerts/ anew, from the slos.yaml of each platform
	@script/setup venv
	@for folder in platforms/*/; do \
	  .venv/bin/seakeep rules --platform "$$(basename $$folder)" --out reports/alerts || exit; done

bench: ## the benchmarks
	@script/setup bench
	$(run) python -m bench

lock: ## requirements.lock anew, from pyproject.toml
	@script/lock

clean: ## removes all that these targets made
	@rm -rf .venv .tools .seakeep dist reports/out
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
