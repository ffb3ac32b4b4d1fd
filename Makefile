# streamdb: the two commands are `make demo` and `make test`.
SHELL := /bin/bash
GO ?= go
BIN := bin/streamdb

.PHONY: help
help: ## show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/streamdb
	@$(GO) build -o $(BIN) ./cmd/streamdb

.PHONY: demo
demo: build ## start a server on embedded defaults and watch a live view (DEMO_SECONDS=n to end)
	@./examples/demo.sh

.PHONY: deps
deps: ## install what the tests need (PostgreSQL 15)
	@./.ci/deps

.PHONY: test
test: deps ## everything the tests need, then all tests
	$(GO) test -p 2 -timeout 20m ./...

.PHONY: lint
lint: ## vet and golangci-lint
	$(GO) vet ./...
	@./.ci/lint

.PHONY: fuzz
fuzz: ## every fuzz target for a short while (FUZZTIME=6s)
	@./.ci/fuzz $(or $(FUZZTIME),6s)

.PHONY: oracle
oracle: build ## compare N random queries with PostgreSQL 15 (N=4000, SEED=1)
	STREAMDB_BINARY=$(abspath $(BIN)) $(GO) test ./sqllogictest/oracle -run TestStreamdb -count=1 -timeout 0 -v -queries=$(or $(N),4000) -seed=$(or $(SEED),1)

.PHONY: mutants
mutants: ## apply each planted bug in turn and see the tests catch it
	@./.ci/mutants

.PHONY: bench
bench: build ## the Nexmark queries
	$(BIN) bench nexmark
