# What CI runs, by the same names. `make test` is the second command of the README:
# on a bare Debian machine it installs, starts, runs and stops all that it needs.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c

GOFUMPT ?= mvdan.cc/gofumpt@v0.12.0
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build test clients test-short race lint bench demo golden services-up services-down docker

build: ## the program, in bin/
	go build -o bin/gateway ./cmd/gateway

test: ## all tests, against real servers that it starts and stops
	.ci/services up
	trap '.ci/services down' EXIT
	eval "$$(.ci/services env)"
	go test -timeout 60m ./... ./testdata/clients

clients: ## client programs (psql, pgjdbc, Django, ...) against servers that run already
	eval "$$(.ci/services env)"
	go test ./testdata/clients

test-short: ## what needs no server
	go test -short ./...

race: ## all tests under the race detector, against servers that run already
	eval "$$(.ci/services env)"
	go test -race -timeout 90m ./...

lint: ## formatting, vet, staticcheck and the project's own rules
	@unformatted=$$(go run $(GOFUMPT) -l .)
	@if [ -n "$$unformatted" ]; then echo "not gofumpt-ed: $$unformatted; run: go run $(GOFUMPT) -w ."; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go test ./internal/lint

golden: ## accept the output of golden tests; read the diff afterwards
	go test ./translate/... ./exec/plan/... -rewrite

bench: ## ratios to named rivals; see bench/README.md
	bench/run

demo: ## an embedded shop on 127.0.0.1:7432
	go run ./cmd/gateway demo

services-up: ## the servers that tests use
	.ci/services up
	@.ci/services env

services-down:
	.ci/services down

docker:
	docker build -t gateway .
