#!/bin/sh
# Installs LiteLLM's proxy for test/systems/litellm.system.test.ts, in an environment of its own. Needs Python 3.10 or newer.
# The release is pinned, and is none of 1.82.7 and 1.82.8, which came with a thief inside. No package runs a script here.
set -eu
cd "$(dirname "$0")"
out="${CORDON_ORACLES:-$PWD/../../.cordon/oracles}"
mkdir -p "$out"
# Debian packs venv apart.
python3 -c 'import ensurepip' 2>/dev/null || apt-get install -y -qq python3-venv
python3 -m venv "$out/litellm"
"$out/litellm/bin/pip" install --quiet --only-binary=:all: 'litellm[proxy]==1.99.4'
"$out/litellm/bin/python" -c 'import importlib.metadata as m; assert m.version("litellm") == "1.99.4"'
echo "installed $out/litellm"
