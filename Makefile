# The targets are listed in CONTRIBUTING.md. Everything that is installed goes to .tools/, at the versions below.
GOLANGCI_LINT = v2.15.0
GOTESTSUM     = v1.13.0
DUCKDB        = 2.0.0
VERSITYGW     = v1.8.0

SHELL       = /bin/bash
.SHELLFLAGS = -euo pipefail -c
.DEFAULT_GOAL = build

TOOLS = $(CURDIR)/.tools
BIN   = $(TOOLS)/bin
# What kills, and how long tests may take; see torture.
N         = 1000
GOLDENS   = $$(grep -rl --include=*_test.go 'flag.Bool("update"' adapters cmd examples shared | xargs -n1 dirname | sort -u | sed 's|^|./|')
PLATFORMS = darwin/arm64 windows/amd64

.PHONY: build demo test check tidy vet lint fix rules platforms race needs bench generate torture fuzz vulncheck tools clean

build: ## bin/plumb, with the version of the commit in it
	go build -trimpath -buildvcs=auto -o bin/plumb ./cmd/plumb

demo: build ## the example inventory, end to end
	@bash examples/inventory/demo.sh

test: check race ## everything; what CI runs

check: needs tidy lint vet rules platforms ## a part of test: format, vet, lint, house rules, generated files fresh, other systems

needs: ## names what only the user can install
	@bash .ci/needs

tidy:
	go mod tidy -diff

lint: $(BIN)/golangci-lint-$(GOLANGCI_LINT)
	$< run

fix: $(BIN)/golangci-lint-$(GOLANGCI_LINT) ## mends what the linter can: format, imports, newer idioms
	$< run --fix

vet:
	go vet ./...

rules: # the house rules, and that what is generated is fresh
	go test ./rules
	go test -run 'Schema' ./shared/job ./cmd/plumb/cli

platforms: # it builds for systems that it is not tested on
	@for p in $(PLATFORMS); do echo "GOOS=$${p%/*} GOARCH=$${p#*/} go build ./..."; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -o /dev/null ./...; done

race: build $(BIN)/gotestsum-$(GOTESTSUM) $(BIN)/versitygw-$(VERSITYGW) # every test under the race detector; what was skipped is listed at the end
	@mkdir -p $(TOOLS)
	$(BIN)/gotestsum-$(GOTESTSUM) --format pkgname-and-test-fails --jsonfile $(TOOLS)/test.json -- -race -timeout 15m ./...

bench: build $(TOOLS)/duckdb-$(DUCKDB) ## speed and memory as ratios against yardsticks; see docs/benchmarks.md
	go build -o bin/bench ./cmd/bench
	bin/bench -plumb bin/plumb -python $(TOOLS)/duckdb-$(DUCKDB)/bin/python $(BENCH)

generate: ## the JSON Schema of a job file, and the goldens
	go test $(GOLDENS) -update
	@git status --short

torture: ## kills a sync at N random points, and resumes it
	PLUMB_KILLS=$(N) go test -run '^TestKill$$' -count 1 -timeout 0 -v ./cmd/plumb/cli

FUZZTIME = 30s
fuzz: ## every fuzz test for FUZZTIME
	@grep -rlE --include=*_test.go '^func Fuzz' adapters cmd examples shared | xargs -n1 dirname | sort -u | while read -r dir; do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -c6-); do echo "./$$dir $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) ./$$dir; done; done

vulncheck: ## known vulnerabilities in what is used; asks a database on the network
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

tools: $(BIN)/golangci-lint-$(GOLANGCI_LINT) $(BIN)/gotestsum-$(GOTESTSUM) $(BIN)/versitygw-$(VERSITYGW) $(TOOLS)/duckdb-$(DUCKDB)

$(BIN)/golangci-lint-$(GOLANGCI_LINT):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(BIN)/golangci-lint $@

$(BIN)/gotestsum-$(GOTESTSUM):
	GOBIN=$(BIN) go install gotest.tools/gotestsum@$(GOTESTSUM)
	mv $(BIN)/gotestsum $@

$(BIN)/versitygw-$(VERSITYGW): # an S3 server for tests
	GOBIN=$(BIN) go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW)
	mv $(BIN)/versitygw $@

$(TOOLS)/duckdb-$(DUCKDB):
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { echo "make bench measures against DuckDB, which needs Python: apt-get install python3-venv"; exit 1; }
	rm -rf $@.part
	python3 -m venv $@.part
	$@.part/bin/pip install --quiet --disable-pip-version-check duckdb==$(DUCKDB)
	mv $@.part $@

clean: ## what was built and installed; .plumb stays
	rm -rf bin .tools .demo
