#!/usr/bin/env bash
# Builds and runs every test: once optimised with all checks on, and the parts that handle memory
# and bytes once more under the address and undefined-behaviour sanitizers. On a bare Debian 12 as
# root it installs what it needs first. The last line is the result: "N passed, N failed[, N
# skipped]".
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh

run() {  # run PRESET TARGET: configures, builds, tests; leaves the reports in build/PRESET
  cmake --preset "$1"
  cmake --build --preset "$1" --target "$2"
  rm -rf "build/$1/test-results"
  ctest --preset "$1" --parallel "$(nproc)" --output-junit "test-results/ctest.xml" || true
}

run check all
run asan sanitized_tests
exec python3 tools/count_tests.py build/check build/asan
