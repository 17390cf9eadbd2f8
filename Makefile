# `make check` and `make test` are the two commands to know; CI runs the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LANDMARKS := .venv-landmarks
PROGRAMS := .venv-programs
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo serve check format test test-quick bench install clean help

help:
	@echo "make demo    install and render demo.mp4"
	@echo "make serve   install and start the server"
	@echo "make check   format, lint, types"
	@echo "make test    install what tests need and run them all"
	@echo "make test-quick  those of parts alone: no server, no film"
	@echo "make bench   measure what films cost"

demo: $(VENV)/.installed
	@$(BIN)/limelight demo --output demo.mp4

serve: $(VENV)/.installed
	@$(BIN)/limelight serve

# Types are checked in tests too, so what they import is installed.
check: $(VENV)/.check $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(VENV)/.test $(LANDMARKS)/.installed $(PROGRAMS)/.installed tests/acceptance/node_modules/.installed
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

test-quick: $(VENV)/.test
	$(BIN)/pytest tests/unit -n auto --maxprocesses 4 --dist loadfile

bench: $(VENV)/.test
	$(BIN)/python bench/cost.py

install: $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Limelight needs Python 3.11 or newer; try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing Limelight into $(VENV) (about 1 GB, once) ..."
	@$(PIP) --editable .
	@echo "Compiling what speaks and draws, once ..."
	@$(BIN)/limelight render --script "Hello." --size 256x256 --no-cache --quiet --output $(VENV)/hello.mp4
	@touch $@

$(VENV)/.check: pyproject.toml $(VENV)/.installed
	@$(PIP) --editable '.[check]'
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.installed
	@$(PIP) --editable '.[test]'
	@touch $@

# The face landmark detector of the tests pins old libraries, so it lives in an environment of its own.
# Where it cannot be installed, the tests that need it say so.
$(LANDMARKS)/.installed: judges/lips/requirements.txt
	@$(PYTHON) -m venv $(LANDMARKS)
	@$(LANDMARKS)/bin/python -m pip install --quiet --disable-pip-version-check -r $< || \
		echo "The landmark detector could not be installed; its tests will be skipped."
	@touch $@

# MCP servers of others, which pin libraries that we do not. heygen-mcp asks for Python 3.12 and runs on 3.11 too.
$(PROGRAMS)/.installed: tests/acceptance/programs.txt
	@$(PYTHON) -m venv $(PROGRAMS)
	@$(PROGRAMS)/bin/python -m pip install --quiet --disable-pip-version-check -r $< && \
		$(PROGRAMS)/bin/python -m pip install --quiet --disable-pip-version-check \
			--no-deps --ignore-requires-python heygen-mcp==0.0.3 || \
		echo "The MCP servers of others could not be installed; their tests will be skipped."
	@touch $@

# tsx runs the contract's TypeScript; the others are clients in JavaScript, and what n8n's nodes need. Of what is packed,
# which has large dependencies, only scripts that need none are unpacked.
tests/acceptance/node_modules/.installed: tests/acceptance/package.json
	@rm -rf $(@D)/.packed && mkdir -p $(@D)/.packed
	@if command -v npm >/dev/null; then \
		npm install --prefix tests/acceptance --no-audit --no-fund --silent; \
		npm pack --silent --pack-destination $(@D)/.packed $$(node -p "require('./$<').config.packed") >/dev/null && \
		tar -xzf $(@D)/.packed/*.tgz -C $(@D)/.packed package/dist/skills/media-use; \
		else echo "No npm: the acceptance tests in JavaScript will be skipped."; fi
	@touch $@

clean:
	rm -rf $(VENV) $(LANDMARKS) $(PROGRAMS) tests/acceptance/node_modules demo.mp4
