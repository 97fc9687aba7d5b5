#!/bin/sh
# Makes test/fixtures/release-VERSION: the data directory of this release, as a backup with its (throw-away) keys. Run once per
# release, before it is published; later builds must open every one of them (test/conformance/releases.test.ts).
set -eu
cd "$(dirname "$0")/.."
version=$(node -p "require('./package.json').version")
out=$PWD/test/fixtures/release-$version
[ ! -e "$out" ] || { echo "$out exists; a release is made once" >&2; exit 2; }
scratch=$(mktemp -d)
XDG_CONFIG_HOME=$scratch/config
export XDG_CONFIG_HOME
./cordon start --data "$scratch/data" --listen 127.0.0.1:0 > "$scratch/log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$scratch"' EXIT
until grep -q 'is up at' "$scratch/log"; do sleep 0.2; done
url=$(grep -o 'http://[0-9.:]*' "$scratch/log" | head -n 1)
./cordon init fixture --data "$scratch/data" --server "$url"

site=$scratch/host/usr/lib/python3/dist-packages
mkdir -p "$site/litellm-1.82.8.dist-info" "$scratch/host/root"
printf 'Metadata-Version: 2.1\nName: litellm\nVersion: 1.82.8\n' > "$site/litellm-1.82.8.dist-info/METADATA"
key=$(./cordon key issue fixture-service)
printf 'GATEWAY_KEY=%s\n' "$key" > "$scratch/host/root/.env"
./cordon source add hosts --connector host
./cordon host report --root "$scratch/host" --host-id fixture-host --send hosts > /dev/null
sleep 2
incident=$(./cordon recall pkg:pypi/litellm --versions 1.82.8 --since 24h --open --json | node -p "JSON.parse(require('fs').readFileSync(0)).incident.id")
plan=$(./cordon contain "$incident" --json | node -p "JSON.parse(require('fs').readFileSync(0)).plan.hash")
./cordon contain "$incident" --approve "$plan" || [ $? = 1 ]
sleep 2
./cordon backup "$out" --data "$scratch/data" --with-keys
