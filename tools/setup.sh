#!/usr/bin/env bash
# Installs what building and testing needs, all from Debian 12. docs/dependencies.md says what each
# package is for. Does nothing when everything is there; as root it installs what is missing.
set -euo pipefail

build=(cmake g++ gcc ninja-build pkg-config python3 ccache)
libraries=(libabsl-dev libcli11-dev libicu-dev liblz4-dev liburing-dev libxxhash-dev
  nlohmann-json3-dev)
tests=(libgtest-dev libgmock-dev libesedb-utils python3-impacket lz4)
benchmarks=(libbenchmark-dev libsqlite3-dev)

missing=()
for package in "${build[@]}" "${libraries[@]}" "${tests[@]}" "${benchmarks[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "run as root: apt-get install ${missing[*]}" >&2; exit 2; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
