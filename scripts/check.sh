#!/bin/sh
# Types, lint, format. The tools stand apart from the product's tree (docs/decisions/004-tools-apart.md).
#   sh scripts/check.sh             all there is: what must pass before anything lands
#   sh scripts/check.sh FOLDER…     types of all, but lint and format of these alone
set -eu
cd "$(dirname "$0")/.."
# A copy of this product elsewhere must not be mistaken for a workspace of this one.
[ -x tools/node_modules/.bin/oxlint ] || npm install --prefix tools --no-workspaces --silent --no-package-lock --ignore-scripts
PATH="$PWD/node_modules/.bin:$PWD/tools/node_modules/.bin:$PATH"
export PATH
# What was checked before is not checked again: 3 s of processor time instead of 28.
tsc --noEmit --incremental --tsBuildInfoFile .cache/types.json
# What runs in a browser is checked against a browser's names.
tsc --project console --noEmit --incremental --tsBuildInfoFile .cache/console.json
oxlint "$@"
[ $# -gt 0 ] || set -- .
oxfmt --check "$@"
echo "types, lint, format: clean"
