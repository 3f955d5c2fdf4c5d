# `make demo` and `make test` work on a fresh machine: they make .venv first.
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.complete
NEWEST := build/newest
PYTHON :=
# The tests that run with the newest packages: those that meet other packages at most places.
SELECTION := tests/newest.txt
# As they are run, for the site; the tests write them too.
NOTEBOOKS := $(patsubst examples/%,build/%,$(wildcard examples/notebooks/*.ipynb))
export TF_CPP_MIN_LOG_LEVEL := 3
# The tests start many processes, and each would compile the sources again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-newest coverage check golden docs study pages bench-speed bench-growth bench-depth bench-compile setup clean

demo: $(READY)
	$(BIN)/python examples/demo.py

# Everything, by three processes, as tests often wait for others; with Python 3.13, which TensorFlow Quantum has no packages for, as test-newest.
test: $(READY)
	$(BIN)/python -m pytest -n 3 --dist worksteal $$(grep -q newest $(READY) && echo @$(SELECTION))

# With the newest packages, without TensorFlow Quantum; and on PyTorch.
test-newest: $(NEWEST)/.complete
	$(NEWEST)/bin/python -m pytest -n 2 --dist worksteal @$(SELECTION)
	KERAS_BACKEND=torch $(NEWEST)/bin/python -m pytest -n 2 --dist worksteal tests/huggingface

# Slower than the tests alone.
coverage: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term:skip-covered

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

golden: $(READY)
	QSLC_UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q -k golden
	git --no-pager diff --stat -- tests/golden
	git --no-pager diff -- tests/golden

# The documentation site, in build/site. What a page leads to and the site does not hold is an error.
docs: $(READY) $(NOTEBOOKS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

build/notebooks/%.ipynb: examples/notebooks/%.ipynb $(READY)
	$(BIN)/python -m tests.docs.notebooks $<

# Hours; finished runs are kept. DATA holds base_gpt2/ and e2e/devset.csv.
study: $(READY)
	$(BIN)/qslc study examples/e2e_study/study.yaml --data $(DATA) $(OPTIONS)

# The reports of the committed studies, from their records.
pages: $(READY)
	$(BIN)/python -m qslc_study.page results/*

# Half an hour. OPTIONS="--cases angle" runs some cases and writes no table.
bench-speed: $(READY) build/speed_peers/.complete
	$(BIN)/python -m benchmarks.layer_speed $(OPTIONS)

build/speed_peers/.complete: benchmarks/layer_speed/peers.txt
	$(BIN)/python -m venv --clear build/speed_peers
	build/speed_peers/bin/python -m pip install --quiet --requirement $<
	touch $@

# Five minutes.
bench-growth: $(READY)
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.one_token
	$(BIN)/python -m benchmarks.sampler

# Hours, most of them the peers'. OPTIONS="--peers cached" runs only what is new.
bench-depth: $(READY) build/peers/.complete
	$(BIN)/python -m benchmarks.depth $(OPTIONS)

build/peers/.complete: benchmarks/peers.txt
	$(BIN)/python -m venv --clear build/peers
	build/peers/bin/python -m pip install --quiet --requirement benchmarks/peers.txt
	touch $@

# Ten minutes.
bench-compile: $(READY)
	$(BIN)/python -m benchmarks.compile_time

setup: $(READY)

$(READY): pyproject.toml constraints.txt constraints-newest.txt .ci/setup
	@.ci/setup $(VENV) "$(PYTHON)"

$(NEWEST)/.complete: pyproject.toml constraints-newest.txt .ci/setup
	@.ci/setup $(NEWEST) "$(PYTHON)" newest

clean:
	rm -rf $(VENV) build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
