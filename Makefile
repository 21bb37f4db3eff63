# What people and CI run, by the same names. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo play test tools lint format clippy docs policy msrv spelling advisories unit nightly cross arm packages dist manifests accept bench session wheel

TARGET := $(or $(CARGO_TARGET_DIR),target)
# What is built once from nothing is built faster without notes for the next build; a folder that has them keeps them.
ifeq ($(wildcard $(TARGET)/debug/incremental),)
export CARGO_INCREMENTAL ?= 0
endif
NEXTEST := $(shell cargo nextest --version 2>/dev/null)
# Many tests wait: for a shell, for a browser, for seconds that Azure asks for.
AT_ONCE := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

help: ## List what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: ## Run the main job against the sandbox, with a keyring of its own; YES=1 does not ask
	@scripts/consent demo $(if $(YES),--yes)
	@scripts/setup demo
	@cargo build --locked --workspace --bins
	@scripts/demo "$(TARGET)/debug"

play: ## Open a shell in the sandbox, signed in to both tenants; YES=1 does not ask
	@scripts/consent play $(if $(YES),--yes)
	@scripts/setup demo
	@cargo build --locked --workspace --bins
	@scripts/demo --play "$(TARGET)/debug"

test: tools lint unit ## Run every check and every test; CI runs this, `make packages` and `make cross`

tools: ## Install what the tests need
	scripts/setup test

lint: format clippy docs policy msrv spelling ## Check form, lints, documentation and dependencies

format:
	cargo fmt --all --check

clippy:
	cargo clippy --locked --workspace --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

policy:
	PATH="$(CURDIR)/target/tools/bin:$$PATH" cargo deny --locked check bans licenses sources

# While the pinned compiler is the oldest that Cargo.toml allows, everything else here checks it.
msrv:
	@oldest=$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml); \
	case "$$(rustc --version)" in \
		"rustc $$oldest."*) echo "msrv: this compiler is the oldest that is supported, $$oldest" ;; \
		*) cargo "+$$oldest" check --locked --workspace --all-targets ;; \
	esac

spelling:
	target/tools/typos/bin/typos --format brief

advisories: ## Check the dependencies for known vulnerabilities (needs github.com)
	PATH="$(CURDIR)/target/tools/bin:$$PATH" cargo deny --locked check advisories

unit:
ifdef NEXTEST
	cargo nextest run --locked --workspace --no-fail-fast --test-threads $(AT_ONCE)
else
	cargo test --locked --workspace --no-fail-fast
endif

nightly: ## Fuzz every parser of what others wrote, and try large fleets: 200 kills, 5,000 items
	scripts/setup fuzz
	scripts/fuzz
	AZ_IMAGESHARE_TEST_LEAKS=both cargo test --locked --test it leaks::faults
	AZ_IMAGESHARE_TEST_CALLS=every cargo test --locked --test it -- kill_sweep stores_kernel can_be_killed
	AZ_IMAGESHARE_TEST_KILLS=200 AZ_IMAGESHARE_TEST_FLEET=250 cargo test --locked --test it fleet_apply_kill
	AZ_IMAGESHARE_TEST_FLEET=2500 cargo test --locked --test it -- fleet_virtual_time fleet_large
	AZ_IMAGESHARE_TEST_FLEET=5000 cargo test --locked --test it fleet_drift
	cargo test --locked --test it fleet_policy::the_whole_life_of_five_thousand -- --ignored

cross: ## Check types for Windows and macOS, and run the Windows tests under wine
	scripts/setup cross
	scripts/cross

arm: ## Run the unit tests and the demonstration as Linux programs for ARM, under qemu
	scripts/setup arm
	scripts/cross arm

packages: ## Build the .deb, the .rpm and the wheel of the program; install, use and remove each in a clean place
	scripts/setup package
	scripts/test-packages
	scripts/setup installers
	scripts/test-wheel

dist: ## Build what is released into dist/: packages, wheels, bill of materials, checksums
	scripts/setup package
	scripts/setup bill
	scripts/setup cross
	scripts/setup wheel
	scripts/setup arm
	scripts/dist

manifests: ## Check the winget, scoop and Homebrew manifests by schema and grammar
	scripts/setup manifests
	target/tools/manifestvenv/bin/python packaging/check_manifests.py

accept: ## Rewrite what is generated and compared: snapshots, pages of commands and variables, man pages
	SNAPSHOTS=overwrite TRYCMD=overwrite cargo test --locked --workspace

wheel: ## Build the Azure CLI extension: a wheel for this platform, the merged one, an index
	scripts/setup wheel
	packaging/azext/build dist

session: ## Record docs/session.md anew
	@scripts/record-session

bench: tools ## Measure against az and print the table of docs/performance.md
	cargo build --release --locked --workspace --bins
	python3 benches/figures.py --bin "$(TARGET)/release"
	python3 benches/fleet.py --bin "$(TARGET)/release" --az target/tools/azvenv/bin/az
