# Every target runs from a fresh clone on a machine with Go; `make help` lists them.

GO         ?= go
BIN        := bin
MODULES    := . examples runtime/bench runtime/otelmqttx
FUZZTIME   ?= 10s
EXAMPLES   := fleet smarthome
STATICCHECK = $(GO) tool -modfile=$(CURDIR)/.ci/tools/go.mod staticcheck
# What gosec may find: G103, unsafe is there for system calls and for strings without copies, each with its test under
# poisoned buffers; G113, mended in Go 1.17; G115, lengths are checked where they are decoded, which is what fuzzing is for.
# And in the generator: G204, G301, G302, G304, G306, for it runs go and git, and reads and writes the files of its user.
GOSEC       = $(GO) tool -modfile=$(CURDIR)/.ci/tools/go.mod gosec -quiet -fmt golint -exclude-generated -exclude-dir=bench -exclude-dir=testdata
GOSEC_OPEN := G103,G113,G115

.PHONY: help build demo test lint vuln flood generate check-generate fuzz bench bench-short clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

build: ## the generator and the example broker, into bin/
	$(GO) build -o $(BIN)/mqttx-gen ./cmd/mqttx-gen
	cd examples && $(GO) build -o ../$(BIN)/broker ./broker

demo: build ## compile examples/fleet, start its server, let fake devices talk to it for ten seconds
	$(BIN)/mqttx-gen generate examples/fleet
	cd examples && $(GO) run ./fleet -demo 10s

test: ## all tests of all modules
	$(GO) test ./...
	cd examples && $(GO) test ./...
	cd runtime/bench && $(GO) test ./...
	cd runtime/otelmqttx && $(GO) test ./...

lint: ## gofmt, vet, staticcheck, gosec, tidy
	@files=$$(git ls-files '*.go' | grep -v /testdata/ | xargs gofmt -l); \
	if [ -n "$$files" ]; then echo "not formatted; run gofmt -w on:"; echo "$$files"; exit 1; fi
	@for m in $(MODULES); do echo "lint $$m"; \
		(cd $$m && $(GO) mod tidy -diff && $(GO) vet ./... && $(STATICCHECK) ./...) || exit 1; done
	@echo "lint gosec"
	@$(GOSEC) -exclude=$(GOSEC_OPEN) ./runtime/...
	@$(GOSEC) -exclude=$(GOSEC_OPEN),G204,G301,G302,G304,G306 ./cmd/... ./spec/... ./templates/...

vuln: ## known vulnerabilities in what the modules call, by govulncheck; says so where its database cannot be reached
	@GO="$(GO)" .ci/vuln $(MODULES)

generate: ## everything that is generated: the examples, schema.json, and the copies that templates and init keep
	cd examples && $(GO) generate ./...
	$(GO) run ./cmd/mqttx-gen generate runtime/bench runtime/bench/login
	$(GO) test ./spec -run '^TestJSONSchema$$' -update
	$(GO) test ./templates/... -update

check-generate: ## fails where `make generate` would change something
	@for e in $(EXAMPLES); do (cd examples && $(GO) tool mqttx-gen generate -check $$e) || exit 1; done
	$(GO) run ./cmd/mqttx-gen generate -check runtime/bench runtime/bench/login
	$(GO) test ./spec -run '^TestJSONSchema$$'
	$(GO) test ./templates/...

fuzz: ## every fuzz target for FUZZTIME (default 10s)
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

flood: ## hostile clients of all kinds beside a well-behaved pair, in three phases of 20 seconds, with figures
	$(GO) test ./runtime/mqttx -run '^TestFlood(FromAfar)?$$' -v -count 1 -flood 20s -raiders 150

bench: build ## micro-benchmarks, then the broker beside mosquitto, mochi and nats-server; writes bin/bench.json and .svg
	$(GO) test -run '^$$' -bench . -benchmem -benchtime 0.3s ./runtime/... ./templates/... ./templates/testdata/fleet ./cmd/...
	cd examples && $(GO) test -run '^$$' -bench . -benchmem -benchtime 0.3s ./fleet
	cd runtime/bench && $(GO) run . -broker ../../$(BIN)/broker -json ../../$(BIN)/bench.json -svg ../../$(BIN)/bench.svg

bench-short: build ## the most important rows of bench, in less than two minutes
	cd runtime/bench && $(GO) run . -broker ../../$(BIN)/broker -short

clean: ## what the other targets left in bin/
	rm -rf $(BIN)
