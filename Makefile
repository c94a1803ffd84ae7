# `make book` and `make test` set up what they need; see `make help`.

PROFILE ?= quick
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
FULL := .venv-full
WHERE ?= local

.DEFAULT_GOAL := help
.PHONY: help book pdf test audit lies bench full check format lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1	/p' Makefile | expand -t 10

book: $(READY) ## build the book into _build/html (PROFILE=smoke|quick|full, quick by default)
	@BOOK_PROFILE=$(PROFILE) $(BIN)/jupyter-book build .

pdf: book ## the whole book as one PDF, _build/book.pdf (needs Chromium)
	@$(BIN)/paperbook pdf

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

audit: $(READY) ## trace every number of the built book, the records and the README
	@$(BIN)/paperbook audit

lies: $(READY) ## plant lies into a copy of the built book, and count those that the audit notices
	@$(BIN)/python scripts/lies.py $(ARGS)

bench: $(BENCH)/.ready ## measure the speed beside PyTorch, JMVAE and the floor (idle machine; ARGS=--quick to try)
	@$(BENCH)/bin/python -m benchmarks.run $(ARGS)

full: $(FULL)/.ready ## make every stale or missing published record (hours; ARGS=-n to look, WHERE=slurm|kubernetes)
	@$(BIN)/paperbook jobs --write runs/full/plan.json
	@$(FULL)/bin/snakemake --snakefile workflow/Snakefile --workflow-profile workflow/profiles/$(WHERE) $(ARGS)

check: $(READY) ## lint, check the format, the types, and which room imports which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## put the code into the checked format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY) ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra book --extra dev --universal --fork-strategy fewest \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	  --upgrade --quiet -o requirements.lock

clean: ## remove the built book and its runs; the environment stays
	rm -rf _build runs build .pytest_cache .ruff_cache .mypy_cache

$(READY): requirements.lock pyproject.toml scripts/environment.sh
	@sh scripts/environment.sh $(VENV)
	@touch $@

$(BENCH)/.ready: $(READY) pyproject.toml scripts/bench_environment.sh
	@sh scripts/bench_environment.sh $(VENV) $(BENCH)
	@touch $@

$(FULL)/.ready: $(READY) pyproject.toml scripts/full_environment.sh
	@sh scripts/full_environment.sh $(VENV) $(FULL)
	@touch $@
