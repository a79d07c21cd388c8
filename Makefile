# `make demo` and `make test` need nothing but Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BENCH ?= .venv-bench
SETFIT ?= .venv-setfit
BIN := $(VENV)/bin
INSTALL := -m pip install --quiet --disable-pip-version-check -c constraints.txt
PIP := $(BIN)/python $(INSTALL)
PYTEST := $(BIN)/python -m pytest
# A process of one thread for every core is faster than one of many threads; a file's tests share what they made.
SPREAD := -n logical --dist loadfile
# Arithmetic of the plainest kind that torch has: what another processor may do, on any.
PLAIN := MKL_CBWR=COMPATIBLE ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41

.PHONY: demo test test-all test-settings check bench bench-setfit clean
.DELETE_ON_ERROR:

demo: $(VENV)/demo.done
	$(BIN)/fewtext classify --support examples/support.csv --query examples/q.txt --learner protonet --format table

# All but what starts processes, builds a wheel or drives a browser.
test: $(VENV)/dev.done
	OMP_NUM_THREADS=1 $(PYTEST) $(SPREAD) -m "not processes"

test-all: $(VENV)/dev.done
	OMP_NUM_THREADS=1 $(PYTEST) $(SPREAD)

# The whole suite four times: no test may know its processor, its threads, or which test ran before it.
test-settings: $(VENV)/dev.done
	$(PYTEST)
	OMP_NUM_THREADS=1 $(PYTEST)
	OMP_NUM_THREADS=1 $(PYTEST) $(SPREAD) --random-order
	OMP_NUM_THREADS=1 $(PLAIN) $(PYTEST) $(SPREAD)

check: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Beside the libraries that one would take otherwise, in an environment of their own; first that the answers are one.
bench: $(BENCH)/bench.done
	$(BENCH)/bin/python -m pytest tests/test_gradient.py -k higher
	$(BENCH)/bin/python benchmarks/meta_speed.py >> benchmarks/results/meta_speed.jsonl
	$(BENCH)/bin/python benchmarks/image_speed.py >> benchmarks/results/image_speed.jsonl
	@tail -n 2 benchmarks/results/meta_speed.jsonl
	@tail -n 1 benchmarks/results/image_speed.jsonl

# Hours on two cores; what is in the results already is not run again. FEWTEXT_DATA names the corpora's folder.
bench-setfit: $(SETFIT)/setfit.done
	$(SETFIT)/bin/python benchmarks/beside_setfit.py run
	$(SETFIT)/bin/python benchmarks/beside_setfit.py table

%/python.done:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "fewtext needs Python 3.11 or newer, and '$(PYTHON)' is not: install one, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: install its venv package (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $*
	@touch $@

$(VENV)/demo.done: $(VENV)/python.done pyproject.toml constraints.txt
	$(PIP) -e ".[bundled]"
	@touch $@

$(VENV)/dev.done: $(VENV)/python.done pyproject.toml constraints.txt
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/demo.done

# The constraint on torch decides which torchvision easyfsl gets.
$(BENCH)/bench.done: $(BENCH)/python.done pyproject.toml constraints.txt
	$(BENCH)/bin/python $(INSTALL) -e ".[bundled]" higher==0.2.1 easyfsl==1.5.0 "pytest>=8.3"
	@touch $@

# SetFit 1.2 runs with the transformers of before 5.
$(SETFIT)/setfit.done: $(SETFIT)/python.done pyproject.toml constraints.txt
	$(SETFIT)/bin/python $(INSTALL) -e ".[benchmarks,bundled]" setfit==1.2.0 "transformers<5" "sentence-transformers<6"
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH) $(SETFIT) build dist *.egg-info
