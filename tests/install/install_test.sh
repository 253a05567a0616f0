#!/usr/bin/env bash
# install_test.sh SOURCE BUILD: installs into an empty folder and builds a C11 program and the C++
# examples against the result: pkg-config and find_package, shared and static.
set -euo pipefail
source=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/prefix" >/dev/null
library=$(dirname "$(find "$scratch/prefix" -name libesent.so)")
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library"

expect() {  # expect PROGRAM: it runs and finds the library as documented
  "$1" || { echo "$1 ended with $?" >&2; exit 1; }
  echo "$(basename "$1"): works"
}

read -ra flags <<<"$(pkg-config --cflags --libs esent)"
gcc -std=c11 "$source/tests/api/c_program.c" "${flags[@]}" -o "$scratch/pkgconfig_shared"
expect "$scratch/pkgconfig_shared"

read -ra flags <<<"$(pkg-config --static --cflags --libs esent | sed 's/-lesent/-l:libesent.a/')"
gcc -std=c11 "$source/tests/api/c_program.c" "${flags[@]}" -o "$scratch/pkgconfig_static"
expect "$scratch/pkgconfig_static"

cmake -S "$source/tests/install" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$scratch/prefix" \
  -DPROGRAM="$source/tests/api/c_program.c" -DEXAMPLES="$source/examples" >/dev/null
cmake --build "$scratch/consumer" >/dev/null
expect "$scratch/consumer/package_shared"
expect "$scratch/consumer/package_static"

# A project in C alone, which has no C++ compiler.
cmake -S "$source/tests/install" -B "$scratch/c_consumer" -DLANGUAGES=C \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" -DPROGRAM="$source/tests/api/c_program.c" >/dev/null
cmake --build "$scratch/c_consumer" >/dev/null
expect "$scratch/c_consumer/package_shared"
expect "$scratch/c_consumer/package_static"
for kind in shared static; do
  mkdir "$scratch/$kind"
  cd "$scratch/$kind"
  expect "$scratch/consumer/embed_$kind"
  expect "$scratch/consumer/backup_$kind"
done
