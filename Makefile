# `make demo` and `make test` need nothing but Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BENCH ?= .venv-bench
SETFIT ?= .venv-setfit
ROUTER ?= .venv-semantic-router
ADAPTIVE ?= .venv-adaptive-classifier
STATIC ?= .venv-model2vec
BIN := $(VENV)/bin
INSTALL := -m pip install --quiet --disable-pip-version-check -c constraints.txt
PIP := $(BIN)/python $(INSTALL)
PYTEST := $(BIN)/python -m pytest
# A process of one thread for every core is faster than one of many threads; a file's tests share what they made.
SPREAD := -n logical --dist loadfile
# Arithmetic of the plainest kind that torch has: what another processor may do, on any.
PLAIN := MKL_CBWR=COMPATIBLE ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41

.PHONY: help demo test test-all test-settings format check docs pictures readme release-check bench adapter bench-setfit static-model peers clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## List what there is to make.
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '%-15s %s\n' "$$name" "$$what"; done

demo: $(VENV)/demo.done ## Install, and classify ten texts from eighteen examples.
	$(BIN)/fewtext classify --support examples/support.csv --query examples/q.txt --learner protonet --format table

test: $(VENV)/dev.done ## Pass the tests, but for those that start processes, build a wheel or drive a browser.
	OMP_NUM_THREADS=1 $(PYTEST) $(SPREAD) -m "not processes"

test-all: $(VENV)/dev.done ## Pass all tests.
	OMP_NUM_THREADS=1 $(PYTEST) $(SPREAD)

# No test may know its processor, its threads, or which test ran before it.
test-settings: $(VENV)/dev.done ## Pass all tests four times: as they are, on one thread, in random order, in plain arithmetic.
	$(PYTEST)
	OMP_NUM_THREADS=1 $(PYTEST)
	OMP_NUM_THREADS=1 $(PYTEST) $(SPREAD) --random-order
	OMP_NUM_THREADS=1 $(PLAIN) $(PYTEST) $(SPREAD)

format: $(VENV)/dev.done ## Put the sources into their form, imports included.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: $(VENV)/dev.done ## Read the sources with ruff and mypy.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file benchmarks/mypy.ini

# A warning, a dead link or an image without a description ends it.
docs: $(VENV)/docs.done ## Build the documentation into site/.
	rm -rf site
	$(BIN)/python docs/scripts/generate_pages.py build/docs
	$(BIN)/zensical build --clean --strict -f mkdocs.yml
	cp -R benchmarks/results site/data
	$(BIN)/python docs/scripts/check_site.py site

# Omniglot and three corpora of intents are read from FEWTEXT_DATA, or fetched; the report page needs chromium.
pictures: $(VENV)/dev.done ## Draw the images of docs/images again, each from results or a run of the command.
	$(BIN)/python benchmarks/pictures $(PICTURES)

readme: $(VENV)/dev.done ## Write what the README's commands answer into it again.
	$(BIN)/python tests/readme.py

release-check: check test-all ## Say what keeps this tree from being released: see RELEASING.md.
	$(BIN)/python .ci/release_check.py

# In an environment of their own; first that the answers are one.
bench: $(BENCH)/bench.done ## Measure speed beside the libraries that one would take otherwise.
	$(BENCH)/bin/python -m pytest tests/test_gradient.py -k higher
	$(BENCH)/bin/python benchmarks/meta_speed.py >> benchmarks/results/meta_speed.jsonl
	$(BENCH)/bin/python benchmarks/image_speed.py >> benchmarks/results/image_speed.jsonl
	@tail -n 2 benchmarks/results/meta_speed.jsonl
	@tail -n 1 benchmarks/results/image_speed.jsonl

# Overnight on two cores, minutes on a GPU. FEWTEXT_DATA names the folder with the corpora of benchmarks/adapter.toml.
adapter: $(VENV)/dev.done ## Meta-train what the default encoder has learned again.
	$(BIN)/fewtext adapter train --corpus benchmarks/adapter.toml --output build/adapter --resume --max-length 64 \
	  --parts 6:mean:0.45,6:cls:0.35,2:mean:0.1,4:mean:0.1 --rank 0 --rate 1e-4 --steps 1000 --stop 750
	$(BIN)/fewtext adapter average build/adapter/adapter.safetensors --encoder bert \
	  --parts 6:mean:0.58,6:cls:0.22,2:mean:0.1,4:mean:0.1 --output fewtext/encoders/minilm_adapter.safetensors

# What is in the results already is not run again. FEWTEXT_DATA names the corpora's folder.
bench-setfit: $(SETFIT)/setfit.done ## Measure accuracy beside SetFit: hours on two cores.
	$(SETFIT)/bin/python benchmarks/beside_setfit.py run
	$(SETFIT)/bin/python benchmarks/beside_setfit.py table

static-model: $(STATIC)/peer.done $(VENV)/demo.done ## Distil a static model from the bundled one, in model2vec's format.
	$(STATIC)/bin/python benchmarks/static_model.py distil build/static_model \
	  "$$($(BIN)/python -c 'from fewtext.encoders.model_folder import find_model; print(find_model(None, offline=True))')"

peers: $(SETFIT)/setfit.done $(ROUTER)/peer.done $(ADAPTIVE)/peer.done ## Make the environments of the leaderboard's peers.

%/python.done:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "fewtext needs Python 3.11 or newer, and '$(PYTHON)' is not: install one, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: install its venv package (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $*
	@touch $@

$(VENV)/demo.done: $(VENV)/python.done pyproject.toml constraints.txt build_backend.py
	$(PIP) -e ".[bundled]"
	@touch $@

$(VENV)/dev.done: $(VENV)/python.done pyproject.toml constraints.txt build_backend.py
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/demo.done

$(VENV)/docs.done: $(VENV)/python.done pyproject.toml constraints.txt
	$(PIP) -e ".[bundled,docs]"
	@touch $@ $(VENV)/demo.done

# The constraint on torch decides which torchvision easyfsl gets.
$(BENCH)/bench.done: $(BENCH)/python.done pyproject.toml constraints.txt
	$(BENCH)/bin/python $(INSTALL) -e ".[bundled]" higher==0.2.1 easyfsl==1.5.0 "pytest>=8.3"
	@touch $@

# SetFit 1.2 runs with the transformers of before 5.
$(SETFIT)/setfit.done: $(SETFIT)/python.done pyproject.toml constraints.txt
	$(SETFIT)/bin/python $(INSTALL) -e ".[benchmarks,bundled]" setfit==1.2.0 "transformers<5" "sentence-transformers<6"
	@touch $@

# A peer's process imports its own libraries alone; the model's folder is named by fewtext's.
$(ROUTER)/peer.done: $(ROUTER)/python.done constraints.txt
	$(ROUTER)/bin/python $(INSTALL) torch semantic-router==1.1.1 "sentence-transformers<6" "transformers<5"
	@touch $@

$(ADAPTIVE)/peer.done: $(ADAPTIVE)/python.done constraints.txt
	$(ADAPTIVE)/bin/python $(INSTALL) torch adaptive-classifier==0.3.1
	@touch $@

$(STATIC)/peer.done: $(STATIC)/python.done constraints.txt
	$(STATIC)/bin/python $(INSTALL) torch "model2vec[distill]==0.10.0"
	@touch $@

clean: ## Remove environments and what was built.
	rm -rf $(VENV) $(BENCH) $(SETFIT) $(ROUTER) $(ADAPTIVE) $(STATIC) build dist site .cache *.egg-info
