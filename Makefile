# The two commands of the README are `make demo` and `make test`. Each sets up .venv when needed.
SHELL := /bin/bash
PYTHON_IN_VENV := .venv/bin/python
INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
WORKERS ?= 2
DEMO ?= demo-report

.DEFAULT_GOAL := help
.PHONY: help demo test quick long lint types layers kernel format wheel notebooks docs clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(INSTALLED) ## fit the shipped SYNTHETIC example and write a report
	@$(PYTHON_IN_VENV) -m bayes_alliance demo --out $(DEMO)

test: $(INSTALLED_DEV) ## what must hold: style, types, layers, all tests but the longest
	@$(MAKE) --no-print-directory -j $(WORKERS) kernel lint types layers
	$(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --dist worksteal -m "not long"

quick: lint .venv/.kernel ## the tests that neither sample, compile nor draw, and take moments
	$(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --dist worksteal -m "not (samples or compiles or builds or thorough or long)"

long: $(INSTALLED_DEV) ## recoveries and convergence of minutes each; keeps the results
	$(PYTHON_IN_VENV) -m pytest -m long --keep

lint: $(INSTALLED_DEV) ## style
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .

types: $(INSTALLED_DEV) ## types
	$(PYTHON_IN_VENV) -m mypy

layers: $(INSTALLED_DEV) ## no layer imports a layer above it
	.venv/bin/lint-imports

kernel: .venv/.kernel ## compile what samples, which takes a minute once: every worker would

.venv/.kernel: $(wildcard bayes_alliance/collapsed/kernel/*.py bayes_alliance/collapsed/*.py) $(INSTALLED_DEV)
	@$(PYTHON_IN_VENV) -c "from bayes_alliance.collapsed.kernel.entry import compiled_kernel; compiled_kernel()"
	@touch $@

format: $(INSTALLED_DEV) ## put the code into the house style
	$(PYTHON_IN_VENV) -m ruff check --fix .
	$(PYTHON_IN_VENV) -m ruff format .

notebooks: $(INSTALLED_DEV) ## execute the notebooks and keep their outputs
	$(PYTHON_IN_VENV) scripts/notebooks.py

docs: $(INSTALLED_DEV) ## build the documentation into site/index.html
	$(PYTHON_IN_VENV) -m sphinx -q -W -b html docs site

wheel: $(INSTALLED_DEV) ## build the wheel into dist/
	$(PYTHON_IN_VENV) -m build --wheel

clean: ## remove what was built
	rm -rf .venv dist build site docs/generated *.egg-info $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh readers,word $@

$(INSTALLED_DEV): pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh dev $@
	@touch $(INSTALLED)
