#!/usr/bin/env bash
# Builds every fuzz target with clang and the address and undefined-behaviour sanitizers, and runs
# each for so many seconds, two at a time:
#
#   tools/fuzz.sh SECONDS [TARGET...]
#
# Prints one line a target: executions, inputs kept, crashes. Inputs that crash stay in
# build/fuzz/crashes/TARGET/; what reached new code stays in build/fuzz/found/TARGET/ and is where
# the next run goes on (tools/fuzz_corpus.py pack adds of it to the repository's corpora). Exits
# with 1 when something crashed.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: tools/fuzz.sh SECONDS [TARGET...]}
shift
build=build/fuzz
flags="-O1 -g1 -UNDEBUG"
if [ ! -f $build/build.ninja ]; then
  cmake -G Ninja -B $build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER="${CLANG:-clang}" \
    -DCMAKE_CXX_COMPILER="${CLANG:-clang}++" -DCMAKE_C_FLAGS_RELWITHDEBINFO="$flags" \
    -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="$flags" -DCONTRAIL_BUILD_FUZZ=ON -DCONTRAIL_BUILD_BENCH=OFF
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cc; do targets+=("$(basename "$source" .cc)"); done
fi
cmake --build $build --target "${targets[@]}"

run() {  # run TARGET SECONDS
  local found=build/fuzz/found/$1 crashes=build/fuzz/crashes/$1 log=build/fuzz/$1.log
  mkdir -p "$found" "$crashes"
  python3 tools/fuzz_corpus.py unpack "tests/fuzz/corpus/$1.hex" "$found"
  local status=0
  build/fuzz/tests/fuzz/"$1" -max_total_time="$2" -print_final_stats=1 -timeout=20 \
    -rss_limit_mb=3000 -artifact_prefix="$crashes/" "$found" >"$log" 2>&1 || status=$?
  local executions
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  printf '%-24s %12s executions %6s inputs %3s crashes%s\n' "$1" "${executions:-?}" \
    "$(find "$found" -type f | wc -l)" "$(find "$crashes" -type f | wc -l)" \
    "$([ $status -eq 0 ] || echo "  (exit status $status, see $log)")"
}
export -f run

printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c "run {} $seconds"
failed=0
for target in "${targets[@]}"; do
  if [ -n "$(find "build/fuzz/crashes/$target" -type f)" ]; then failed=1; fi
done
exit $failed
