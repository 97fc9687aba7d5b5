#!/bin/sh
# Installs the OCSF oracle for test/systems/ocsf.system.test.ts: OCSF 1.8.0 as its own compiler resolves it, turned into
# JSON Schema by ocsf-json-schema and applied by jsonschema. Needs Python 3.10 or newer.
set -eu
cd "$(dirname "$0")"
out="${CORDON_ORACLES:-$PWD/../../.cordon/oracles}"
mkdir -p "$out"
# Debian packs venv apart.
python3 -c 'import ensurepip' 2>/dev/null || apt-get install -y -qq python3-venv
python3 -m venv "$out/ocsf"
"$out/ocsf/bin/pip" install --quiet --only-binary=:all: ocsf-json-schema==1.2.0 jsonschema==4.23.0
"$out/ocsf/bin/python" -c 'import ocsf_json_schema, jsonschema'
echo "installed $out/ocsf"
