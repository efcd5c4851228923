# The targets are listed in CONTRIBUTING.md. Everything that is installed goes to .tools/, at the versions below.
GOLANGCI_LINT = v2.15.0
GOTESTSUM     = v1.13.0
DUCKDB        = 2.0.0
DIFFSYNC      = 2.2.3
PYDANTIC      = 2.14.4
VERSITYGW     = v1.8.0
MINISTACK     = 1.5.33
SAM           = 1.170.0
CFN_LINT      = 1.58.0
CHECKOV       = 3.3.30
DYNAMODB      = 2.6.1
AXE           = 4.14.1
NAUTOBOT      = 3.2.7
NAUTOBOT_SSOT = 4.7.0

SHELL       = /bin/bash
.SHELLFLAGS = -euo pipefail -c
.DEFAULT_GOAL = build

TOOLS = $(CURDIR)/.tools
BIN   = $(TOOLS)/bin
# What kills, and how long tests may take; see torture.
N         = 1000
GOLDENS   = $$(grep -rl --include=*_test.go 'flag.Bool("update"' adapters cmd examples shared statemachine | xargs -n1 dirname | sort -u | sed 's|^|./|')
PLATFORMS = darwin/arm64 windows/amd64

.PHONY: build demo test check tidy vet lint fix rules platforms race needs bench nautobot test-nautobot bench-nautobot generate pictures torture faults parity fuzz vulncheck tools clean

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

# What tests want beside Go; what needs Java or Python is left out where that is missing, and those tests say that they are skipped.
TESTTOOLS = $(BIN)/gotestsum-$(GOTESTSUM) $(BIN)/versitygw-$(VERSITYGW) $(if $(shell command -v npm),$(TOOLS)/axe-core-$(AXE)) $(if $(shell command -v mvn),$(TOOLS)/dynamodb-local-$(DYNAMODB)) \
  $(if $(shell command -v python3),$(TOOLS)/diffsync-$(DIFFSYNC) $(TOOLS)/ministack-$(MINISTACK) $(TOOLS)/sam-$(SAM) $(TOOLS)/checkov-$(CHECKOV) $(TOOLS)/nautobot-$(NAUTOBOT))

race: build $(TESTTOOLS) # every test under the race detector, whose processes would otherwise sleep for a second at their end
	@mkdir -p $(TOOLS)
	GORACE=atexit_sleep_ms=0 $(BIN)/gotestsum-$(GOTESTSUM) --format pkgname-and-test-fails --jsonfile $(TOOLS)/test.json -- -race -timeout 30m ./...

bench: build $(TOOLS)/duckdb-$(DUCKDB) $(TESTTOOLS) ## speed and memory as ratios against yardsticks; see docs/benchmarks.md
	go build -o bin/bench ./cmd/bench
	bin/bench -plumb bin/plumb -python $(TOOLS)/duckdb-$(DUCKDB)/bin/python -diffsync $(TOOLS)/diffsync-$(DIFFSYNC)/bin/python $(BENCH)
	PLUMB_RECORDS=1000000 go test -run '^TestSize$$' -count 1 -v -timeout 60m ./statemachine

nautobot: $(TOOLS)/nautobot-$(NAUTOBOT) ## runs the Nautobot of the tests, empty, until Ctrl-C; prints its address and token
	go build -o $(BIN)/nautobot-stand ./adapters/nautobot/nautobottest/stand
	@exec $(BIN)/nautobot-stand

test-nautobot: $(TOOLS)/nautobot-$(NAUTOBOT) ## the nautobot adapter and its examples against a real Nautobot, which takes minutes to come up the first time; a part of test
	go test -timeout 60m -count 1 -v -run 'TestNautobot' ./adapters/nautobot ./cmd/plumb/cli

bench-nautobot: $(TOOLS)/nautobot-$(NAUTOBOT) ## PLUMB_BENCH_N prefixes into a real Nautobot, as ratios against bare bulk requests and against a job of nautobot-ssot
	go test -run '^$$' -bench '^BenchmarkNautobot' -benchtime 1x -timeout 0 -v -p 1 ./adapters/nautobot ./cmd/plumb/cli

generate: ## the JSON Schema of a job file, and the goldens
	go test $(GOLDENS) -update
	@git status --short

pictures: ## the pictures of the dashboard in docs/pictures, taken by Chromium
	go test -run '^TestPictures$$' -count 1 ./shared/dashboard -shots $(CURDIR)/docs/pictures
	go test -run '^TestPicturesAreFresh$$' -count 1 ./rules -taken

torture: ## kills a run at N random points, on the laptop and in functions, and resumes it
	PLUMB_KILLS=$(N) go test -run '^TestKill$$' -count 1 -timeout 0 -v ./cmd/plumb/cli
	PLUMB_KILLS=$(N) go test -run '^TestKilledFunctions$$' -count 1 -timeout 0 -v ./statemachine

faults: ## every kind of fault of S3 and DynamoDB in every step, once and for good; those of PostgreSQL at four times as many places
	PLUMB_FAULTS=all go test -run '^TestFaults$$' -count 1 -timeout 0 -v ./shared/step
	PLUMB_FAULTS=all go test -run '^TestTroubledFunctions$$' -count 1 -timeout 0 -v ./statemachine
	PLUMB_FAULTS=all go test -run '^TestPGFaults$$' -count 1 -timeout 0 -v ./cmd/plumb/cli

CASES = 5000
parity: $(TOOLS)/diffsync-$(DIFFSYNC) ## gives so many random trees to DiffSync and to us, and compares; PLUMB_PARITY_SEED names the first
	PLUMB_PARITY=$(CASES) go test -run '^TestParity$$' -count 1 -timeout 0 -v ./cmd/plumb/parity

FUZZTIME = 30s
fuzz: ## every fuzz test for FUZZTIME
	@grep -rlE --include=*_test.go '^func Fuzz' adapters cmd examples shared | xargs -n1 dirname | sort -u | while read -r dir; do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -c6-); do echo "./$$dir $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) ./$$dir; done; done

vulncheck: ## known vulnerabilities in what is used; asks a database on the network
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

tools: $(BIN)/golangci-lint-$(GOLANGCI_LINT) $(TESTTOOLS) $(TOOLS)/duckdb-$(DUCKDB) ## everything that tests and benchmarks want

$(BIN)/golangci-lint-$(GOLANGCI_LINT):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(BIN)/golangci-lint $@

$(BIN)/gotestsum-$(GOTESTSUM):
	GOBIN=$(BIN) go install gotest.tools/gotestsum@$(GOTESTSUM)
	mv $(BIN)/gotestsum $@

$(BIN)/versitygw-$(VERSITYGW):
	GOBIN=$(BIN) go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW)
	mv $(BIN)/versitygw $@

$(TOOLS)/axe-core-$(AXE): # the accessibility rules that pages are held against; nothing of it is served
	rm -rf $@.part
	mkdir -p $@.part
	cd $@.part && npm pack --silent axe-core@$(AXE) && tar xzf axe-core-$(AXE).tgz --strip-components 1 package/axe.min.js package/LICENSE
	mv $@.part $@

# Python tools, each in an environment of its own: they want different versions of the same libraries.
define venv
@python3 -c 'import venv, ensurepip' 2>/dev/null || { echo "DuckDB, DiffSync, Nautobot and the emulator of AWS need Python: apt-get install python3-venv"; exit 1; }
rm -rf $@.part
python3 -m venv $@.part
$@.part/bin/pip install --quiet --disable-pip-version-check $(1)
mv $@.part $@
grep -rlI --null '$@.part' $@/bin | xargs -0 sed -i 's|$@.part|$@|g' # scripts name their interpreter
endef

$(TOOLS)/duckdb-$(DUCKDB):
	$(call venv,duckdb==$(DUCKDB))

$(TOOLS)/diffsync-$(DIFFSYNC):
	$(call venv,diffsync==$(DIFFSYNC) pydantic==$(PYDANTIC))

$(TOOLS)/ministack-$(MINISTACK):
	$(call venv,ministack==$(MINISTACK) aws-sam-translator==1.115.0)

$(TOOLS)/sam-$(SAM):
	$(call venv,aws-sam-cli==$(SAM) cfn-lint==$(CFN_LINT))

$(TOOLS)/checkov-$(CHECKOV):
	$(call venv,checkov==$(CHECKOV))

# A real Nautobot; see adapters/nautobot/nautobottest, which has these versions too. nautobot-ssot is what make bench-nautobot measures against.
$(TOOLS)/nautobot-$(NAUTOBOT):
	$(call venv,nautobot==$(NAUTOBOT) nautobot-ssot==$(NAUTOBOT_SSOT))

# What sam build calls for each function of template.yaml: the function's binary, and for start the bundled jobs.
GOARCH ?= arm64
LAMBDA  = CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH) go build -trimpath -buildvcs=false -tags lambda.norpc,nethttpomithttp2 -ldflags '-s -w -buildid='
FUNCTIONS = Start LoadSource LoadTarget Diff Gate Sync Finish

.PHONY: $(FUNCTIONS:%=build-%Function) functions
$(FUNCTIONS:%=build-%Function): build-%Function:
	$(LAMBDA) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(shell echo $* | sed 's/\([a-z]\)\([A-Z]\)/\1-\2/' | tr A-Z a-z)
	@if [ $* = Start ]; then mkdir -p "$(ARTIFACTS_DIR)/jobs" && cp jobs/*.yaml "$(ARTIFACTS_DIR)/jobs/"; fi

functions: ## every function's binary, in bin/functions
	@for f in functions/*/; do $(LAMBDA) -o bin/functions/$$(basename $$f)/bootstrap ./$$f; done

# AWS's own DynamoDB for tests, from Maven Central; see shared/run/dynamodb/dynamodbtest.
define DYNAMODB_POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>plumbline</groupId><artifactId>dynamodb-local</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>$(DYNAMODB)</version></dependency></dependencies></project>
endef
export DYNAMODB_POM

$(TOOLS)/dynamodb-local-$(DYNAMODB):
	@command -v javac >/dev/null && command -v mvn >/dev/null || { echo "tests of the run store in DynamoDB need Java 17 and Maven: apt-get install openjdk-17-jdk-headless maven"; exit 1; }
	rm -rf $@.part
	mkdir -p $@.part
	echo "$$DYNAMODB_POM" >$@.part/pom.xml
	mvn -q -B -f $@.part/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$@.part/lib
	mv $@.part $@

clean: ## what was built and installed; .plumb stays
	rm -rf bin .tools .demo
