#!/usr/bin/env bash
# Builds the tool as users run it and shows `contrail demo`: a live database is backed up, killed,
# recovered, destroyed and restored. Arguments go to the demo; on a bare Debian 12 as root what is
# needed is installed first.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh
cmake --preset release >build-release.log 2>&1 || { cat build-release.log; exit 2; }
rm -f build-release.log
cmake --build --preset release --target contrail
exec build/release/contrail demo "$@"
