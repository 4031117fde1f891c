# make demo | app | book | test | test-oldest | lab | bench: each sets up what it needs, with only Python (3.10 to 3.13) and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo app book test test-oldest lab bench export env env-oldest env-lab clean

# The first Python on the path that is new enough; or make PYTHON=...
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$p && exit; done; echo python3)
ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif
NEW := $(CURDIR)/.venv/$(BIN)
OLD := $(CURDIR)/.venv-oldest/$(BIN)

help:
	@echo "make demo         draw pictures, train, and write runs/demo/report.html (about 5 minutes)"
	@echo "make app          the demo's model in the browser: try it, move thresholds, look at mistakes"
	@echo "make book         the walk as a website, in runs/book"
	@echo "make test         exports in sync, notebooks clean, every notebook, every test"
	@echo "make test-oldest  every notebook on the oldest supported releases"
	@echo "make lab          open the notebooks in JupyterLab"
	@echo "make bench        the claims on speed, beside named peers (about half an hour, 8 GB of memory)"
	@echo "make export       after editing nbs/: write multilabel/, clean the notebooks, make README.md"

define set-up
@command -v $(PYTHON) >/dev/null 2>&1 || { echo "multilabel: no Python found: install Python 3.10 or newer." >&2; exit 1; }
@$(PYTHON) tools/env.py
endef

env:
	$(set-up) .venv

env-oldest:
	$(set-up) .venv-oldest

env-lab:
	$(set-up) .venv lab

demo: env
	@$(NEW)/multilabel demo --out runs/demo

app: env
	@$(NEW)/multilabel app

book: env
	@$(NEW)/python tools/book.py

# Notebooks run two at a time, with a thread each.
test: env
	@$(NEW)/python tools/check.py
	@PATH="$(NEW):$$PATH" OMP_NUM_THREADS=1 $(NEW)/nbdev-test --n-workers 2 --timing
	@$(NEW)/python -m pytest -q

test-oldest: env-oldest
	@PATH="$(OLD):$$PATH" OMP_NUM_THREADS=1 $(OLD)/nbdev_test --n_workers 2 --timing

lab: env-lab
	@$(NEW)/jupyter lab nbs

export: env
	@PATH="$(NEW):$$PATH" $(NEW)/nbdev-export
	@PATH="$(NEW):$$PATH" $(NEW)/nbdev-clean
	@$(NEW)/python tools/readme.py

bench: env
	@bad=0; for f in benchmarks/*.py; do $(NEW)/python $$f || bad=1; done; exit $$bad

clean:
	rm -rf .venv .venv-oldest runs build dist *.egg-info
