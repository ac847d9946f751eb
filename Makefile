# Needs python3 (3.11 or newer), go (1.26 or newer), git and make; no other program is called.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python -m
FAIRLEAD := $(CURDIR)/$(VENV)/bin/fairlead

.PHONY: demo test lint check format fast tools clean-demo bench mutants requirements

demo: $(VENV)/.ready ## a cluster of its own, and examples/homelab deployed on it, broken and mended
	$(FAIRLEAD) demo --yes --keep

clean-demo: $(VENV)/.ready ## the demo's cluster goes, with all that it left
	$(FAIRLEAD) demo --end

# Four workers on two cores: with three, the tests used half of the CPU time there was and waited for the rest.
test: $(VENV)/.ready tools ## every test, against real servers and tools
	$(RUN) pytest -n 4 --dist loadscope --no-loadscope-reorder --durations=25 --durations-min=5

lint: $(VENV)/.ready ## format, lint, types, import contracts
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(VENV)/bin/lint-imports

check: lint ## the above and the fast tests
	$(RUN) pytest -n 2 -m "not e2e" -q

format: $(VENV)/.ready
	$(RUN) ruff format
	$(RUN) ruff check --fix

tools: $(VENV)/.ready ## build or find every pinned tool; where CI is set, also install the packages of real nodes
	$(FAIRLEAD) tools install $(if $(CI),--system)

bench: $(VENV)/.ready ## measure everything beside its peers, ONLY=case for one, and make docs/benchmarks.md
	PYTHONPATH=src $(RUN) benchmarks $(if $(ONLY),--only $(ONLY)) $(BENCH)

mutants: $(VENV)/.ready ## plant every fault that `validate` should find, and see that each is found and nothing else
	PYTHONPATH=src $(RUN) mutants

requirements: $(VENV)/.ready ## pin anew what pyproject.toml asks for
	$(RUN) uv pip compile --upgrade --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --extra dev pyproject.toml -o requirements/dev.txt
	$(RUN) uv pip compile --upgrade --generate-hashes --no-header --no-annotate --universal --python-version 3.11 pyproject.toml -o requirements/run.txt

$(VENV)/.ready: requirements/dev.txt requirements/uv.txt pyproject.toml scripts/setup.py hatch_build.py
	$(PYTHON) scripts/setup.py
