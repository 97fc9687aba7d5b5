#!/usr/bin/env bash
# Packs Cordon, installs the tarball elsewhere under the Node that is on PATH (20 will do), runs it, and counts packages.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d)
pid=
cleanup() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$scratch"; }
trap cleanup EXIT

node scripts/build.mjs
tarball=$(npm pack --silent --pack-destination "$scratch" | tail -n 1)
mkdir "$scratch/home" && cd "$scratch/home"
printf '{"name":"elsewhere","version":"1.0.0","private":true}\n' > package.json
npm install --ignore-scripts --no-audit --no-fund --omit=dev --silent "$scratch/$tarball"

lock=$(node -e "const l=require('./package-lock.json').packages;console.log(Object.keys(l).filter(k=>k&&!l[k].optional).length+Object.keys(l).filter(k=>k&&l[k].optional&&require('fs').existsSync(k)).length)")
echo "production packages: $lock (at most 40)"
[ "$lock" -le 40 ]

cordon=node_modules/.bin/cordon
node "$cordon" --version
# Exit 1 means that the time was too short to look everywhere, which is no fault here.
node "$cordon" whatif --json > whatif.json || [ $? = 1 ]
node "$cordon" start --data "$scratch/data" --listen 127.0.0.1:0 > start.log 2>&1 &
pid=$!
for _ in $(seq 1 100); do grep -q 'is up at' start.log && break; sleep 0.2; done
grep 'is up at' start.log || { cat start.log; exit 1; }
url=$(grep -o 'http://[0-9.:]*' start.log | head -n 1)
node -e "fetch('$url/v1/health').then(r=>r.json()).then(h=>{console.log('health:',h.status);if(h.status!=='ok')process.exit(1)})"
node -e "(async () => {
  const page = await (await fetch('$url/')).text()
  const main = /src=\"([^\"]+)\"/.exec(page)?.[1]
  const script = await fetch('$url' + main)
  console.log('console:', script.status, main)
  if (script.status !== 200 || !main.endsWith('/main.js')) process.exit(1)
})()"
kill "$pid"; wait "$pid" || true; pid=
echo "1 passed, 0 failed"
cd "$root"
