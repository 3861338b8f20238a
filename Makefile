# `make` alone lists what can be made.

BIN = .venv/bin
INSTANCE = $(or $(PORTFOLIO_INSTANCE),instance)
QUICK = not browser and not heavy

.DEFAULT_GOAL = help
.PHONY: help run test browser-test heavy-test postgres-test lint format types lock translations screenshots bench-documents vendor clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing and serve the demonstration on 127.0.0.1:8000 (PORT=… for another port)
	@scripts/setup.sh run
	@$(BIN)/portfolio migrate
	@test -e "$(INSTANCE)/demo-sign-ins.txt" || echo "Loading the demonstration; this takes half a minute, once."
	@test -e "$(INSTANCE)/demo-sign-ins.txt" || $(BIN)/portfolio demo >/dev/null || echo "Going on without the demonstration."
	@exec $(BIN)/portfolio serve $(if $(PORT),--port $(PORT))

test: ## the quick tests, on SQLite
	@scripts/setup.sh develop
	$(BIN)/pytest -n auto --dist loadfile -m "$(QUICK) and not postgres and not redis"

postgres-test: ## the quick tests again, on PostgreSQL and with Redis
	@scripts/setup.sh develop
	scripts/with-postgres.sh scripts/with-redis.sh $(BIN)/pytest -n auto --dist loadfile -m "$(QUICK)"

browser-test: ## the tests that drive Chromium, on SQLite, then those with a database on PostgreSQL
	@scripts/setup.sh browser
	$(BIN)/pytest -n auto --dist loadfile -m "browser and not heavy"
	scripts/with-postgres.sh $(BIN)/pytest -n auto --dist loadfile -m "browser and database and not heavy"

heavy-test: ## the tests that take long, on SQLite, then those with a database on PostgreSQL
	@scripts/setup.sh heavy
	$(BIN)/pytest -n auto -m "heavy and not postgres"
	scripts/with-postgres.sh $(BIN)/pytest -n auto -m "heavy and database"

lint: ## style, and who may import whom
	@scripts/setup.sh develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

format: ## bring the code into shape
	@scripts/setup.sh develop
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: ## check types
	@scripts/setup.sh develop
	$(BIN)/mypy

lock: ## write requirements/*.txt from pyproject.toml (UPGRADE=1 for the newest versions)
	@scripts/setup.sh develop
	scripts/lock.sh $(if $(UPGRADE),--upgrade)

translations: ## bring the Chinese catalogue up to the sentences in code and templates
	@scripts/setup.sh develop
	scripts/translations.sh

bench-documents: ## time books beside Chromium and Typst; writes benchmarks/documents.json
	@scripts/setup.sh browser
	$(BIN)/python benchmarks/documents.py --json benchmarks/documents.json

screenshots: ## take the pictures of README.md and docs/
	@scripts/setup.sh browser
	$(BIN)/python scripts/screenshots.py

vendor: ## copy browser files and typefaces from npm into static/
	scripts/vendor.sh

clean: ## remove what tools made; the site's own data in instance/ stays
	rm -rf .venv build dist node_modules test-results .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
