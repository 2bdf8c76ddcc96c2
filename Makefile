# Every goal makes the environment that it needs in .venv (or VENV=...), and installs into it again only
# when pyproject.toml has changed.  `make` alone lists the goals.

PYTHON ?= python3
VENV ?= .venv
PY = $(VENV)/bin/python
ARGS ?=

.DELETE_ON_ERROR:

APT_GET = DEBIAN_FRONTEND=noninteractive apt-get

.PHONY: help demo test oldest test-oldest browsers soak mutants surroundings bench docs lint types build
.PHONY: format clean

help: ## list the goals
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/has-demo ## open the playground: what a page in your browser may read, row by row
	@$(PY) examples/playground $(ARGS)

# A chosen part cannot cover the whole, so that only the whole is asked for its coverage.
test: $(VENV)/has-test browsers ## run all tests, in the browser engines found too (ARGS='tests/core -k word' chooses)
	$(PY) -m pytest $(or $(ARGS),--cov)

# Newer Pythons find no wheel of that aiohttp, and its C code does not compile there. The model knows how the
# routers of newer releases choose among resources, and that one chooses otherwise.
oldest: ## run all tests but the browsers' with the oldest aiohttp
	@AIOHTTP_NO_EXTENSIONS=1 $(MAKE) --no-print-directory VENV=$(VENV)-oldest test-oldest

test-oldest: $(VENV)/has-oldest
	$(PY) -m pytest --ignore=tests/browsers --ignore=tests/model $(ARGS)

SOAK_EXAMPLES ?= 20000
FUZZ_RUNS ?= 500000

soak: $(VENV)/has-soak ## run the long versions: random examples, fuzzing, load, memory; takes over an hour
	MODEL_EXAMPLES=$(SOAK_EXAMPLES) FUZZ_EXAMPLES=$(SOAK_EXAMPLES) HYPOTHESIS_PROFILE=soak \
	  $(PY) -m pytest --timeout=7200 tests/model tests/fuzz $(ARGS)
	PYTHONPATH=tests $(PY) -m fuzz.atheris_parsers $(FUZZ_RUNS)
	$(PY) -m tests.load.mixed
	$(PY) -m tests.load.million
	$(PY) -m benchmarks.memory

mutants: $(VENV)/has-mutants ## change the code and see whether the fast tests notice (ARGS='*.origins.*' chooses)
	$(PY) tests/mutants $(ARGS)

surroundings: $(VENV)/has-surroundings ## try caches, proxies, workers and released programs, as before a release
	@$(PY) tests/surroundings $(ARGS)

bench: $(VENV)/has-bench ## measure the overhead per request beside other libraries; takes minutes
	$(PY) -m benchmarks --output docs/benchmarks $(ARGS)

docs: $(VENV)/has-docs ## build the documentation into docs/_build/html, and open it
	$(PY) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "Built docs/_build/html/index.html"
	@if [ -t 1 ] && [ -z "$$CI" ]; then $(PY) -m webbrowser "file://$(CURDIR)/docs/_build/html/index.html"; fi

lint: $(VENV)/has-lint ## check rules and format
	$(PY) -m ruff check
	$(PY) -m ruff format --check

format: $(VENV)/has-lint ## format the code
	$(PY) -m ruff format
	$(PY) -m ruff check --fix

types: $(VENV)/has-types ## check the types with mypy --strict and basedpyright
	$(PY) -m mypy
	$(PY) -m basedpyright --pythonpath $(PY)

build: $(VENV)/has-build ## build the sdist and the wheel into dist/, checked
	rm -rf dist
	$(PY) -m build --outdir dist
	$(PY) -m twine check --strict dist/*

clean: ## remove environments and whatever was built
	rm -rf $(VENV) $(VENV)-oldest .tox .cache build dist docs/_build *.egg-info .coverage .coverage.* htmlcov
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments -------------------------------------------------------------------------------------

define MAKE_VENV
set -e
fail() { echo "$$1" >&2; exit 1; }

command -v $(PYTHON) >/dev/null \
  || fail "There is no '$(PYTHON)': install Python 3.10 or newer, or name one: make PYTHON=python3.12 ..."
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
  || fail "'$(PYTHON)' is $$($(PYTHON) --version), and 3.10 or newer is needed. Name one: make PYTHON=python3.12 ..."

has_venv() { $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; }
if ! has_venv && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing python3-venv"
  $(APT_GET) update -qq
  $(APT_GET) install -qq -y --no-install-recommends python3-venv >/dev/null
fi
has_venv || fail "'$(PYTHON)' cannot make environments. On Debian and Ubuntu: sudo apt-get install python3-venv"

echo "Making $(VENV)"
$(PYTHON) -m venv $(VENV)
$(PY) -m pip install -qq --upgrade 'pip>=25.1'
endef
export MAKE_VENV

$(VENV)/pyvenv.cfg:
	@sh -c "$$MAKE_VENV"

$(VENV)/has-%: pyproject.toml aiohttp_cors/__about__.py $(VENV)/pyvenv.cfg
	@echo "Installing what 'make $*' needs into $(VENV)"
	@$(PY) -m pip install -qq --editable . --group $*
	@touch $@

# --- browsers -----------------------------------------------------------------------------------------

# Ubuntu's own packages of Chromium and Firefox only install snaps, which start no profile of a test's.
PACKAGES_debian = chromium chromium-driver firefox-esr webkit2gtk-driver xvfb
PACKAGES_ubuntu = webkit2gtk-driver xvfb
SYSTEM := $(shell . /etc/os-release 2>/dev/null && echo $$ID)

define FIND_BROWSERS
missing=
for package in $(PACKAGES_$(SYSTEM)); do
  dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"
done

if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing$$missing"
  if $(APT_GET) update -qq && $(APT_GET) install -qq -y --no-install-recommends $$missing >/dev/null; then
    missing=
  fi
fi

left_out=
engine() {
  label=$$1; shift
  for program; do
    command -v $$program >/dev/null && echo "Engine $$label: $$(command -v $$program)" && return
  done
  left_out="$$left_out $$label"
}
engine Chromium chromium google-chrome chrome
engine Firefox firefox-esr firefox
engine WebKitGTK WebKitWebDriver

[ -z "$$left_out" ] || echo "Left out, since these engines are not installed, the tests in:$$left_out"
if [ -n "$$missing" ]; then
  echo "To get what is missing, as root or with sudo: apt-get install --no-install-recommends$$missing"
elif [ -n "$$left_out" ]; then
  echo "Only on Debian and Ubuntu this installs them, as root; elsewhere install them as your system does."
fi
[ "$(SYSTEM)" != ubuntu ] || echo "For Chromium and Firefox on Ubuntu, install their makers' packages, not the snaps."
endef
export FIND_BROWSERS

browsers:
	@sh -c "$$FIND_BROWSERS"
