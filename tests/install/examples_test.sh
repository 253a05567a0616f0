#!/usr/bin/env bash
# examples_test.sh EMBED BACKUP EMBED_C BACKUP_C: runs the programs that README.md shows, and their
# forms in C, each pair in an empty folder.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

expect() {  # expect PROGRAM WORDS: it succeeds and says so
  local said
  said=$("$1") || { echo "$1 ended with $?: $said" >&2; exit 1; }
  [[ $said == *"$2"* ]] || { echo "$1 said '$said', not '$2'" >&2; exit 1; }
  echo "$(basename "$1"): works"
}

mkdir "$scratch/cpp" "$scratch/c"
cd "$scratch/cpp"
expect "$1" "read back forty-two"
expect "$2" "restored example/restored/data.edb"
tar -tf example/monday.tar | grep -q '^data.edb$'
cd "$scratch/c"
expect "$3" "read back 42"
expect "$4" ""
test -s example/backup/data.edb
