# Allmende: `make run` and `make test` are all one needs; the rest serves them.
#
#   make system   once: the compiler and Qt's system libraries (Debian, Ubuntu)
#   make run      set up what is missing, then start
#   make test     set up what is missing, then test
#   make help     the other targets
#
# What is done leaves a stamp in .venv and is not done again: a second `make run`
# or `make test` neither builds anything nor needs the network.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The system's own first: Debian and Ubuntu build it with profiles, twice as fast as a
# Python that was compiled without, and mend it.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip' 2>/dev/null && echo /usr/bin/python3.11 || \
	command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
STAMP_SETUP := $(VENV)/.stamp-setup
STAMP_MODELS := $(VENV)/.stamp-models
STAMP_LOCALE := $(VENV)/.stamp-locale
STAMP_FULL := $(VENV)/.stamp-full
STAMP_BUNDLE := $(VENV)/.stamp-bundle

# llama.cpp without pictures and without TLS: neither is used here.
export CMAKE_ARGS ?= -DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF

APT_PACKAGES := build-essential ca-certificates cmake git python3 python3-dev python3-venv \
	libegl1 libgl1 libglib2.0-0 libgomp1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 \
	libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 \
	libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libwayland-cursor0 xkb-data fonts-dejavu-core \
	tesseract-ocr-deu tesseract-ocr-eng tesseract-ocr-script-frak
# For packages only: RPM, a Debian to try them in, Windows' installers and Wine.
APT_PACKAGING := rpm debootstrap desktop-file-utils appstream icu-devtools binutils gcc g++ xz-utils zstd \
	nsis wixl msitools wine wine64 gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64-posix osslsigncode \
	libvulkan-dev glslc spirv-headers xvfb x11-utils
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Targets named together build on one another; each uses all processors by itself.
.NOTPARALLEL:

.PHONY: help system setup models i18n policies icons screenshots run test check format bench faults no-way-out attacks attack-serve sbom fuzz fuzz-gguf engine numpy full clean \
	packaging-system bundle packages windows medium test-packages

help: ## show the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

system: ## install the system packages (Debian, Ubuntu)
	@if dpkg-query -W -f='$${db:Status-Abbrev}\n' $(APT_PACKAGES) 2>/dev/null \
	    | grep -c '^ii' | grep -qx '$(words $(APT_PACKAGES))'; then \
	  echo "The system packages are all there."; \
	else \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $(APT_PACKAGES) </dev/null; \
	fi

setup: $(STAMP_SETUP) $(STAMP_LOCALE) $(STAMP_MODELS) ## set up the environment and the starter models

$(STAMP_SETUP): pyproject.toml constraints.txt
	@[ -x "$(PYTHON)" ] && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is missing. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || \
	  { echo "Python's venv is missing. On Debian and Ubuntu: make system"; exit 1; }
	@command -v c++ >/dev/null && command -v cmake >/dev/null || \
	  { echo "A C++ compiler and CMake are missing. Debian, Ubuntu: make system. macOS: xcode-select --install; brew install cmake"; exit 1; }
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV)
	@# It and apsw-sqlite3mc bring the same files; whoever has the one must lose it first.
	@! $(BIN)/python -m pip --disable-pip-version-check show --quiet apsw 2>/dev/null || \
	  $(BIN)/python -m pip --disable-pip-version-check uninstall --quiet --yes apsw apsw-sqlite3mc
	@echo "Installing the libraries. The first time llama.cpp is built: about five minutes."
	$(PIP) --editable '.[setup,dev]'
	@touch $@

$(STAMP_LOCALE): $(STAMP_SETUP) $(wildcard i18n/*.po)
	$(BIN)/python packaging/catalogues.py compile
	@touch $@

$(STAMP_MODELS): $(STAMP_SETUP) $(wildcard models/*.py models/cards/*)
	$(BIN)/python models/fetch.py
	@touch $@

models: $(STAMP_SETUP) ## look for the starter models again, fetch what is missing
	$(BIN)/python models/fetch.py
	@touch $(STAMP_MODELS)

i18n: $(STAMP_SETUP) ## bring the catalogues up to date with the code, compile, check
	$(BIN)/python packaging/catalogues.py update
	$(BIN)/python packaging/catalogues.py compile
	@touch $(STAMP_LOCALE)
	$(BIN)/python packaging/catalogues.py check

policies: setup ## write templates, schema and reference for administrators anew
	$(BIN)/python packaging/policies.py write

icons: $(STAMP_SETUP) ## draw the theme's signs, and the program's icon in every size
	$(BIN)/python packaging/icons.py theme
	$(BIN)/python packaging/icons.py app

screenshots: setup ## photograph every screen into build/screenshots (uses Xvfb)
	$(BIN)/python -m tests.screenshots $(ARGS)

run: setup ## start Allmende with the sample documents
	$(BIN)/python -m app first-run

test: setup ## run the tests
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python -m pytest $(ARGS)

check: $(STAMP_SETUP) ## formatting, lint, types, licences, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/reuse --no-multiprocessing lint --quiet || $(BIN)/reuse --no-multiprocessing lint
	$(BIN)/python packaging/catalogues.py check

format: $(STAMP_SETUP) ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# WRITE=--write writes what was measured into the tables in tests/bench.
bench: setup ## measure search, answers, engine, speed and the window against their marks
	@failed=0; \
	$(BIN)/python -m tests.bench $(ARGS) || failed=1; \
	$(BIN)/python -m tests.bench.chats || failed=1; \
	$(BIN)/python -m tests.bench.window $(WINDOW) || failed=1; \
	$(BIN)/python -m tests.bench.ocr || failed=1; \
	$(BIN)/python -m tests.bench.throughput $(WRITE) || failed=1; \
	$(BIN)/python -m tests.bench.scale --chunks 100000 $(WRITE) || failed=1; \
	$(BIN)/python -m tests.bench.rivals $(WRITE) || failed=1; \
	$(BIN)/python -m tests.bench.engine $(ENGINE) $(WRITE) || failed=1; \
	$(BIN)/python -m tests.bench.serve $(WRITE) || failed=1; \
	exit $$failed

faults: setup ## kill it, fill its disk, damage its files: nothing may be lost (20 minutes; ARGS=--quick)
	$(BIN)/python -m tests.faults $(ARGS) $(WRITE)

no-way-out: setup ## run every command and screen without a network, watched at the kernel (Linux)
	$(BIN)/python -m tests.faults.no_way_out $(ARGS) $(WRITE)

attacks: setup ## count how often documents steer the starter model
	$(BIN)/python -m tests.attacks $(ARGS) $(WRITE)

attack-serve: setup ## let schemathesis attack the network service (ARGS=--st PROGRAM)
	$(BIN)/python -m tests.attacks.serve $(ARGS) $(WRITE)

sbom: $(STAMP_SETUP) ## list all parts (CycloneDX) and their licences in build/sbom
	$(BIN)/python packaging/sbom.py --check $(ARGS)

fuzz: setup ## read damaged files: make fuzz SECONDS=600 [FORMAT="pdf docx"]
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600) $(if $(FORMAT),--format $(FORMAT)) $(ARGS)

fuzz-gguf: setup ## load 2,000 damaged models in the real child
	$(BIN)/python -m tests.fuzz.gguf --count $(or $(COUNT),2000) $(ARGS)

engine: $(STAMP_SETUP) ## build llama.cpp for every processor (see packaging/engine)
	$(BIN)/python packaging/engine/build.py $(ARGS)

numpy: $(STAMP_SETUP) ## build numpy without BLAS for the bundle (see packaging/numpy)
	$(BIN)/python packaging/numpy/build.py $(ARGS)

packaging-system: ## install what `make packages` and its tests need (Debian, Ubuntu)
	$(SUDO) apt-get update -qq
	$(SUDO) env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $(APT_PACKAGING) </dev/null

$(STAMP_BUNDLE): $(STAMP_SETUP)
	$(PIP) --editable '.[bundle,setup,dev]'
	@touch $@

bundle: setup $(STAMP_BUNDLE) ## build the folder that needs no Python (dist/bundle), and try it
	$(BIN)/python packaging/bundle/build.py $(ARGS)

# What is given to others must run on every processor: without a bundle, one is built from
# the engine and the numpy for that (half an hour once, then they lie in dist).
packages: setup ## build .deb and .rpm of the program and the starter models from the bundle
	@[ -d dist/bundle/allmende ] || $(MAKE) $(if $(wildcard dist/engine/*.whl),,engine) \
	  $(if $(wildcard dist/numpy/*.whl),,numpy) bundle ARGS=
	$(BIN)/python packaging/linux/packages.py --models $(ARGS)
	$(BIN)/python packaging/sbom.py --check

# uv takes wheels for another system than the one it runs on; pip cannot.
windows: setup $(STAMP_BUNDLE) ## build setup.exe, MSI and an MSI a model (see packaging/windows)
	$(PIP) uv
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python packaging/windows/build.py $(ARGS)
	$(BIN)/python packaging/windows/models.py

medium: setup ## put the offline medium together from what was built (dist/medium)
	$(BIN)/python packaging/medium.py $(ARGS)

test-packages: setup ## try the packages: in a bare Debian without network, and under Wine
	$(BIN)/python -m tests.packaging.debian
	ALLMENDE_PACKAGES=1 $(BIN)/python -m pytest tests/packaging $(ARGS)

full: $(STAMP_FULL) ## install the extra [full]: sentence-transformers and torch

# torch first, alone and pinned: otherwise another one comes as a dependency, with
# gigabytes of graphics card libraries.
$(STAMP_FULL): $(STAMP_SETUP)
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[full,setup,dev]'
	$(BIN)/python models/fetch.py --full
	@touch $@

clean: ## remove the environment and everything generated (no documents, no models)
	rm -rf $(VENV) app/locale build dist .mypy_cache .ruff_cache .pytest_cache
	find app tests models packaging -name __pycache__ -type d -prune -exec rm -rf {} +
