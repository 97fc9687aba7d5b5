#!/bin/sh
# Installs the oracle for test/systems/bucket.system.test.ts and aws.system.test.ts: moto's server, which checks signatures and policies, and
# AWS's own client for Python. Needs Python 3.10 or newer.
set -eu
cd "$(dirname "$0")"
out="${CORDON_ORACLES:-$PWD/../../.cordon/oracles}"
mkdir -p "$out"
# Debian packs venv apart.
python3 -c 'import ensurepip' 2>/dev/null || apt-get install -y -qq python3-venv
python3 -m venv "$out/s3"
"$out/s3/bin/pip" install --quiet --only-binary=:all: 'moto[server]==5.2.5' boto3==1.44.8
"$out/s3/bin/python" -c 'import moto, boto3'
echo "installed $out/s3"
