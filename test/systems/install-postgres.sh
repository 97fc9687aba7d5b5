#!/bin/sh
# Installs what the PostgreSQL system tests need: server 15 and pgaudit, from the distribution. Safe to repeat.
# The tests start clusters of their own, so the package is told not to make or start one.
set -eu
missing=''
for package in postgresql-15 postgresql-15-pgaudit; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
export DEBIAN_FRONTEND=noninteractive
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
fi
apt-get update -q
# shellcheck disable=SC2086 -- a list of package names
apt-get install -q -y --no-install-recommends $missing
