// The corpus of every fuzz target, replayed: tests/fuzz/corpus/NAME.hex has one input a line, in
// hexadecimal digits. Every crash that fuzzing found has its line.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/checkout.h"
#include "tests/support/hex.h"

// Each target's file is compiled into this program with its entry under a name of its own; the list
// is made by tests/CMakeLists.txt.
#define CONTRAIL_FUZZ_TARGET(name) extern "C" int name##_input(const uint8_t* data, size_t size);
#include "tests/fuzz/fuzz_targets.def"
#undef CONTRAIL_FUZZ_TARGET

// What libFuzzer gives to mutators, which are not called here.
extern "C" size_t LLVMFuzzerMutate(uint8_t*, size_t size, size_t) { return size; }

namespace contrail::test {
namespace {

struct FuzzTarget {
  const char* name;
  int (*run)(const uint8_t* data, size_t size);
};

constexpr FuzzTarget kTargets[] = {
#define CONTRAIL_FUZZ_TARGET(name) {#name, &name##_input},
#include "tests/fuzz/fuzz_targets.def"
#undef CONTRAIL_FUZZ_TARGET
};

void PrintTo(const FuzzTarget& target, std::ostream* out) { *out << target.name; }

// A copy of its own size, so that a read past it is seen.
void Feed(const FuzzTarget& target, const std::vector<std::byte>& input) {
  const std::vector<std::byte> copy(input);
  target.run(reinterpret_cast<const uint8_t*>(copy.data()), copy.size());
}

class CorpusTest : public testing::TestWithParam<FuzzTarget> {};

TEST_P(CorpusTest, DoesNotCrash) {
  const std::string path =
      std::string(kSourceFolder) + "/tests/fuzz/corpus/" + GetParam().name + ".hex";
  std::ifstream file(path);
  ASSERT_TRUE(file) << "no corpus: " << path;
  size_t inputs = 0;
  for (std::string line; std::getline(file, line); ++inputs) Feed(GetParam(), Hex(line));
  EXPECT_GT(inputs, 0u);
  Feed(GetParam(), {});
}

INSTANTIATE_TEST_SUITE_P(Targets, CorpusTest, testing::ValuesIn(kTargets),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace contrail::test
