# The way in. `make` lists what there is; scripts/ holds what takes more than a line.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# One set of flags for building, testing and linting, so that they share what they compile. No path, commit or C library
# goes into the binaries: the same sources make the same ones anywhere.
export GOFLAGS := $(GOFLAGS) -trimpath -buildvcs=false
export CGO_ENABLED := 0

tool := go tool -modfile=tools/go.mod
# What several goroutines enter at once, and is tested with the race detector. Not all of rails: with the detector
# go-ethereum alone takes longer to build than everything else together. Of the store only PostgreSQL: with the detector SQLite,
# which runs in this process, takes minutes and is driven by one writer at a time.
concurrent := ./access/... ./breaker/... ./gateway ./gateway/api/... ./gateway/limit/... ./rails/bank/... ./rails/banklink/... ./rails/card/... ./rails/crossborder/... ./rails/line/... ./rails/onchain/chain/... ./rails/railtest/... ./webhook/...

BENCHTIME ?= 1s
FUZZ ?= 15s
UNTIL ?=
SEED ?= 0
DATABASE ?= postgres
SHORT ?=
PAYMENTS ?= 20000
STORE ?= memory

##@ Use it

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/causeway and bin/sandbox
	go build -o bin/ ./cmd/causeway ./cmd/sandbox

.PHONY: demo
demo: build ## Start the sandbox and the gateway, run the tour, and serve until Ctrl-C
	bin/causeway tour --keep

.PHONY: tour
tour: build ## Run the tour alone; it fails unless every scene and every invariant held
	bin/causeway tour

.PHONY: tour-anvil
tour-anvil: build ## The same tour with Foundry's anvil as the chain
	scripts/with-anvil bin/causeway tour --rpc {}

.PHONY: tour-scale
tour-scale: build ## The same tour on PostgreSQL and Redis, with two gateways
	scripts/with-services bash -c 'CAUSEWAY_DATABASE=$$CAUSEWAY_TEST_POSTGRES CAUSEWAY_REDIS=$$CAUSEWAY_TEST_REDIS bin/causeway tour --gateways 2'

##@ Change it

.PHONY: test
test: ## Run every test, with a PostgreSQL and a Redis of its own
	scripts/need cc postgres redis-server xmllint
	scripts/with-services go test -count=1 -timeout=10m $$(go list ./... | grep -vxFf <(go list $(concurrent)))
	scripts/with-services env CGO_ENABLED=1 bash -c 'go test -race -count=1 -timeout=10m $(concurrent) && go test -race -count=1 -run PostgreSQL$$ ./store'

.PHONY: contracts
contracts: ## Compile contracts/*.sol into contracts/artifacts; needs npm, and only after a change there
	scripts/need npm
	cd contracts && npm ci --ignore-scripts --no-audit --no-fund && npm run build

.PHONY: browser
browser: ## Try the payers' pages in a real Chromium: every scene, both languages, by keyboard, without JavaScript
	scripts/need chromium node npm
	go build -o bin/stage ./e2e/browser/stage
	cd e2e/browser && npm ci --no-fund --no-audit --ignore-scripts && npm test

.PHONY: screenshots
screenshots: ## Take the pictures of docs/checkout again, in the same Chromium, after a page changed
	scripts/need chromium node npm chinese pngquant
	go build -o bin/stage ./e2e/browser/stage
	cd e2e/browser && npm ci --no-fund --no-audit --ignore-scripts && npm run --silent screenshots
	pngquant --force --strip --skip-if-larger --ext=.png docs/checkout/*.png # 256 colours are plenty, and a third of the bytes

.PHONY: fmt
fmt: ## Format the Go files
	$(tool) gofumpt -w .

.PHONY: format
format: ## Fail when a Go file is not formatted
	@unformatted=$$($(tool) gofumpt -l .); [ -z "$$unformatted" ] || { printf 'run make fmt:\n%s\n' "$$unformatted"; exit 1; }

.PHONY: lint
lint: ## Run go vet and staticcheck
	go vet ./...
	$(tool) staticcheck ./...

.PHONY: tidy
tidy: ## Fail when go.mod and the imports disagree
	go mod tidy -diff

.PHONY: download
download: ## Fetch the modules and build the tools
	go mod download
	$(tool) gofumpt --version
	$(tool) staticcheck --version

.PHONY: check
check: ## All that CI runs, in stages with a time limit each
	scripts/check

.PHONY: vuln
vuln: ## Look for known vulnerabilities; needs the Go vulnerability database
	$(tool) govulncheck ./...

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin

##@ Prove it

.PHONY: mutants
mutants: ## Break each safety rule in turn; fail unless a test notices
	scripts/mutants

.PHONY: sim
sim: ## Run the engine against a world that fails: PAYMENTS, SEED (0: a fresh one), STORE=memory or sqlite
	go test -c -o bin/sim.test ./sim
	go build -o bin/fleet ./sim/fleet
	bin/fleet -seed=$(SEED) -payments=$(PAYMENTS) -store=$(STORE)

.PHONY: crash
crash: ## Kill gateways, databases and lines while clients pay, an hour; SHORT=1: two minutes, DATABASE=sqlite, SEED
	go build -o bin/ ./cmd/causeway ./cmd/sandbox ./e2e/storm
	$(if $(filter sqlite,$(DATABASE)),,scripts/with-services) bin/storm --database=$(DATABASE) --seed=$(SEED) $(if $(SHORT),--short)

.PHONY: fuzz
fuzz: ## Fuzz every target, FUZZ (1m, 200000x) each, and count the executions; UNTIL: leave out what had that many
	scripts/fuzz $(if $(UNTIL),--until=$(UNTIL)) $(FUZZ)

##@ Measure it

.PHONY: bench
bench: ## Run the micro-benchmarks, BENCHTIME each
	go test -run='^$$' -bench=. -benchmem -benchtime=$(BENCHTIME) ./...

.PHONY: overload
overload: build ## Ask a gateway for five times what it can do, and fail when a goal is missed; QUICK=1: short, figures only
	go build -o bin/ ./e2e/overload
	scripts/with-services bash -c 'CAUSEWAY_DATABASE=$$CAUSEWAY_TEST_POSTGRES CAUSEWAY_REDIS=$$CAUSEWAY_TEST_REDIS bin/overload -json bin/overload.json $(if $(QUICK),-quick)'

.PHONY: audit-size
audit-size: ## Measure the memory of an audit over books of 10,000 and 100,000 payments; some minutes
	for n in 10000 100000; do go test ./store -run '^$$' -bench BenchmarkAudit -benchtime 1x -payments $$n; done
