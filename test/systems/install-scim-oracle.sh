#!/bin/sh
# Installs the SCIM oracle for test/systems/scim.system.test.ts: scim2-tester, which holds a SCIM server to RFC 7643 and
# RFC 7644. Needs Python 3.10 or newer.
set -eu
cd "$(dirname "$0")"
out="${CORDON_ORACLES:-$PWD/../../.cordon/oracles}"
mkdir -p "$out"
# Debian packs venv apart.
python3 -c 'import ensurepip' 2>/dev/null || apt-get install -y -qq python3-venv
python3 -m venv "$out/scim"
"$out/scim/bin/pip" install --quiet --only-binary=:all: 'scim2-tester==0.5.2' 'scim2-client[httpx2]==0.13.2'
"$out/scim/bin/python" -c 'import scim2_tester'
echo "installed $out/scim"
