# `make` alone lists the targets. Everything is built once, in one profile: release.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build demo test test-rules test-warehouse test-connect simulate simulate-faults chaos soak fuzz deny \
	bench bench-micro lint docs broker-start broker-stop broker-status clean

# Where CI is set, what was built outlives the clone.
ifneq ($(CI),)
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/wrapup/target
endif
export CARGO_TARGET_DIR ?= $(CURDIR)/target

CARGO := deploy/local/cargo
RELEASE := --release --locked
CARGO_DENY_VERSION := 0.20.2
WRAPUP := $(CARGO_TARGET_DIR)/release/wrapup
# The end-to-end tests start their brokers with it.
export KAFKA_LOCAL := $(CURDIR)/deploy/local/kafka
BROKER_DIR := $(CURDIR)/.kafka-local/broker
DEMO_BROKER_DIR := $(CURDIR)/.kafka-local/demo
# What long runs write for docs/RELIABILITY.md.
REPORTS := $(CARGO_TARGET_DIR)/reports

# Said before the one long wait.
long_build_hint = $(if $(wildcard $(CARGO_TARGET_DIR)/release/build/librocksdb-sys-*/out/librocksdb.a),:,\
	echo "compiling RocksDB takes about 15 minutes on two cores, once")

comma := ,

help: ## list the targets
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do \
		printf '  %-14s %s\n' "$$name" "$$text"; done

setup: ## install whatever is missing: system packages, Rust, crates, the broker's jars
	@deploy/local/setup test
	@echo "everything needed is installed"

build: ## build the program, and what it needs first
	@deploy/local/setup build
	@$(long_build_hint)
	$(CARGO) build $(RELEASE)

demo: build ## simulated traffic to finalized chats in a minute; KAFKA=1: through a real local broker
ifeq ($(KAFKA),)
	@"$(WRAPUP)" demo
else
	@deploy/local/setup broker
	@echo "starting a local broker (data and logs: $(DEMO_BROKER_DIR))"
	@"$(KAFKA_LOCAL)" wipe --dir "$(DEMO_BROKER_DIR)"
	@trap '"$(KAFKA_LOCAL)" stop --dir "$(DEMO_BROKER_DIR)"' EXIT; \
		address=$$("$(KAFKA_LOCAL)" start --dir "$(DEMO_BROKER_DIR)" --until-exit $$$$); \
		"$(WRAPUP)" demo --kafka "$$address"; \
		echo "stopping the broker; to look at its topics: deploy/local/kafka start --dir .kafka-local/demo"
endif

test: export PYTHONDONTWRITEBYTECODE := 1
test: ## format, lints, every test; end to end on real brokers of its own
	@deploy/local/setup test
	$(CARGO) fmt --check
	$(if $(wildcard tests/oracle/test*.py),python3 -m unittest discover --start-directory tests/oracle)
	@$(MAKE) --no-print-directory test-rules
	@echo "the pure library alone, without broker client and store"
	$(CARGO) test $(RELEASE) --no-default-features --lib
	@$(long_build_hint)
	$(CARGO) clippy $(RELEASE) --all-targets -- --deny warnings
	$(CARGO) test $(RELEASE) --no-fail-fast
	@$(MAKE) --no-print-directory test-warehouse

test-rules: export PYTHONDONTWRITEBYTECODE := 1
test-rules: ## part of test: alert rules by promtool, dashboards and rules on a Prometheus
	@deploy/local/setup rules
	deploy/local/prometheus promtool check config deploy/prometheus/prometheus.yml
	deploy/local/prometheus promtool check rules deploy/prometheus/rules/*.yml
	deploy/local/prometheus promtool test rules deploy/prometheus/rules/tests/*.yml
	python3 -m unittest discover --start-directory tests/observability

test-warehouse: export PYTHONDONTWRITEBYTECODE := 1
test-warehouse: build ## part of test: records loaded into DuckDB and ClickHouse, column by column
	@deploy/local/setup test
	cd tests/warehouse && WRAPUP="$(WRAPUP)" "$(CURDIR)/deploy/local/python" -m unittest test_load

test-connect: export PYTHONDONTWRITEBYTECODE := 1
test-connect: build ## broker, wrapup, Kafka Connect and PostgreSQL: the table is the topic, through kills
	@deploy/local/setup connect
	WRAPUP="$(WRAPUP)" python3 tests/warehouse/connect.py

simulate: ## whole instances in trouble drawn from seeds: SEEDS=1000 of them; SEED=n tells what happens in that one
	@deploy/local/setup test
	@rm -f "$(REPORTS)/simulation.md" && mkdir -p "$(REPORTS)"
	$(if $(SEED),,SIMULATION_REPORT="$(REPORTS)/simulation.md") \
	SIMULATION_SEEDS=$(or $(SEEDS),$(if $(SEED),1,1000)) $(if $(SEED),SIMULATION_SEED=$(SEED)) \
		$(if $(SEEDS),,$(if $(SEED),SIMULATION_TELL=1)) \
		$(CARGO) test $(RELEASE) --no-default-features --test simulation the_promise_holds -- --nocapture
	$(if $(SEED),,python3 tests/reliability.py simulation <"$(REPORTS)/simulation.md")

simulate-faults: ## that the simulation finds the faults put into the commit protocol on purpose
	@deploy/local/setup test
	$(CARGO) test $(RELEASE) --no-default-features --features sabotage --test simulation planted -- --nocapture

chaos: ## processes and broker on a real broker killed, frozen, stopped: KILLS=50 times, by the plan of SEED=1
	@deploy/local/setup test
	@$(long_build_hint)
	@rm -f "$(REPORTS)/chaos.md" && mkdir -p "$(REPORTS)"
	CHAOS_KILLS=$(or $(KILLS),50) CHAOS_SEED=$(or $(SEED),1) CHAOS_AWAY_SECS=60 CHAOS_STARTS=5 CHAOS_REPORT="$(REPORTS)/chaos.md" \
		$(CARGO) test $(RELEASE) --test kafka_chaos -- --nocapture --test-threads 1
	python3 tests/reliability.py chaos <"$(REPORTS)/chaos.md"

soak: export PYTHONDONTWRITEBYTECODE := 1
soak: build ## one process under a steady load for HOURS=h or MINUTES=m, RATE=500 events a second: nothing grows, nothing is stuck
	@deploy/local/setup test
	@rm -f "$(REPORTS)/soak.md" && mkdir -p "$(REPORTS)"
	WRAPUP="$(WRAPUP)" python3 tests/soak.py --minutes "$(if $(HOURS),$$(($(HOURS) * 60)),$(or $(MINUTES),10))" \
		--rate "$(or $(RATE),500)" --report "$(REPORTS)/soak.md"
	python3 tests/reliability.py soak <"$(REPORTS)/soak.md"

# Corpora and figures: the next run goes on from there.
FUZZ_DIR := $(CARGO_TARGET_DIR)/fuzz

fuzz: ## millions of mutated inputs: INPUTS=n of them, TARGET=event|state|document|config|chat for one kind
	@deploy/local/setup test
	FUZZ_INPUTS=$(or $(INPUTS),10000000) FUZZ_TARGET=$(TARGET) FUZZ_FOLDER="$(FUZZ_DIR)" \
		$(CARGO) test $(RELEASE) --no-default-features --features config --test fuzz -- \
		the_long_run --exact --nocapture
	$(if $(TARGET),,$(if $(wildcard tests/reliability.py),python3 tests/reliability.py fuzz < "$(FUZZ_DIR)/report.md"))

# Not part of `test`: it asks the network for advisories.
deny: ## licences, advisories, duplicates and sources of dependencies, by cargo-deny, which it installs
	@source deploy/local/rust-path && { command -v cargo-deny >/dev/null || \
		nice cargo install --locked --version $(CARGO_DENY_VERSION) cargo-deny; }
	source deploy/local/rust-path && cargo deny --locked check licenses bans sources && \
		cargo deny --locked check advisories

lint: ## formatting and lints only
	@deploy/local/setup test
	@$(long_build_hint)
	$(CARGO) fmt --check
	$(CARGO) clippy $(RELEASE) --all-targets -- --deny warnings

bench: build ## what a drain costs, on a real broker; SERIES=a,b EVENTS=n QUICK=1 SCALE=full (10 M retained chats)
	@deploy/local/setup broker
	$(CARGO) build $(RELEASE) --example bench
	@PYTHONDONTWRITEBYTECODE=1 python3 benches/bench.py $(subst $(comma), ,$(SERIES)) $(if $(QUICK),--quick) \
		$(if $(EVENTS),--events $(EVENTS)) $(if $(CHATS),--chats $(CHATS)) $(if $(SCALE),--scale $(SCALE)) \
		--command "make bench$(if $(SERIES), SERIES=$(SERIES))$(if $(QUICK), QUICK=1)$(if $(EVENTS), EVENTS=$(EVENTS))$(if $(CHATS), CHATS=$(CHATS))$(if $(SCALE), SCALE=$(SCALE))"

bench-micro: ## what the steps of the pure part cost; needs no broker
	@deploy/local/setup build
	$(CARGO) bench --locked --no-default-features --bench micro --bench calendar

docs: build ## write the generated part of docs/ and deploy/ anew
	"$(WRAPUP)" docs --write .

broker-start: ## start a local broker on loopback and print its address
	@deploy/local/setup broker
	@"$(KAFKA_LOCAL)" start --dir "$(BROKER_DIR)"

broker-stop: ## stop it; its data stays
	@"$(KAFKA_LOCAL)" stop --dir "$(BROKER_DIR)"

broker-status: ## say whether it runs, and where
	@"$(KAFKA_LOCAL)" status --dir "$(BROKER_DIR)"

clean: ## delete everything built, and the local brokers with their data
	@for dir in "$(BROKER_DIR)" "$(DEMO_BROKER_DIR)"; do "$(KAFKA_LOCAL)" wipe --dir "$$dir"; done
	rm -rf .kafka-local .demo
	$(CARGO) clean
