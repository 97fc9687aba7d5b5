#!/bin/sh
# Builds the ledger's oracle (Go's own transparency-log code) for src/ledger/oracle.system.test.ts. Needs Go 1.24 or newer.
set -eu
cd "$(dirname "$0")/ledger-oracle"
out="${CORDON_ORACLES:-$PWD/../../../.cordon/oracles}"
mkdir -p "$out"
GOFLAGS='-mod=mod -buildvcs=false' GOTOOLCHAIN=local go build -trimpath -o "$out/ledger-oracle" .
echo "built $out/ledger-oracle"
