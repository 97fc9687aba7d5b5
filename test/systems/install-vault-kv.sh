#!/bin/sh
# Builds Vault's own KV engine behind its HTTP shapes for test/systems/vault.system.test.ts. Needs Go 1.24 or newer, and a
# minute and a half of two cores the first time.
set -eu
command -v go >/dev/null || {
  echo "no Go: the system test of vault is skipped"
  exit 0
}
cd "$(dirname "$0")/vault-kv"
out="${CORDON_ORACLES:-$PWD/../../../.cordon/oracles}"
mkdir -p "$out"
GOFLAGS='-mod=mod -buildvcs=false' GOTOOLCHAIN=local go build -trimpath -ldflags='-s -w' -o "$out/vault-kv" .
echo "built $out/vault-kv"
