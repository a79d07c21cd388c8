# `make demo` and `make test` need nothing but Python 3.10 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test check clean
.DELETE_ON_ERROR:

demo: $(VENV)/demo.done
	$(BIN)/fewtext classify --support examples/support.csv --query examples/q.txt --learner protonet --format table

test: $(VENV)/dev.done
	$(BIN)/python -m pytest

check: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/python.done:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo "fewtext needs Python 3.10 or newer, and '$(PYTHON)' is not: install one, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: install its venv package (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/demo.done: $(VENV)/python.done pyproject.toml constraints.txt
	$(PIP) -e ".[bundled]"
	@touch $@

$(VENV)/dev.done: $(VENV)/python.done pyproject.toml constraints.txt
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/demo.done

clean:
	rm -rf $(VENV) build dist *.egg-info
