#!/bin/sh
# Installs the browser for test/console/console.system.test.ts from the distribution. Safe to repeat.
set -eu

[ -x /usr/bin/chromium ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends chromium
