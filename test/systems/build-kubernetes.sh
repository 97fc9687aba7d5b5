#!/bin/sh
# Builds a whole Kubernetes API (etcd, kube-apiserver 1.36, the controllers that credentials depend on) for
# test/systems/kubernetes*.system.test.ts, out of Kubernetes' own modules. Needs Go 1.26 or newer, and 12 minutes of two
# cores the first time: too long for every run of `.ci/run`, which leaves it out.
set -eu
command -v go >/dev/null || {
  echo "no Go: the system tests of kubernetes are skipped"
  exit 0
}
cd "$(dirname "$0")/kube-api"
out="${CORDON_ORACLES:-$PWD/../../../.cordon/oracles}"
mkdir -p "$out"
GOFLAGS='-mod=mod -buildvcs=false' GOTOOLCHAIN=local go build -trimpath -ldflags='-s -w' -o "$out/kube-api" .
echo "built $out/kube-api"
