// Manifests that somebody, or a bad disk, has altered: nothing in them is taken for something else.

#include "backup/set/set_manifest.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace contrail {
namespace {

using nlohmann::json;

SetManifest SomeManifest() {
  SetManifest manifest;
  manifest.number = 2;
  manifest.base_name = "edb";
  manifest.page_size = 4096;
  manifest.generation_low = 3;
  manifest.generation_high = 4;
  manifest.previous_number = 1;
  SetFile log;
  log.kind = SetFileKind::kLog;
  log.name = "edb00003.log";
  log.stored_name = "edb00003.log.lz4";
  log.bytes = 5;
  log.stored_bytes = 9;
  log.generation = 3;
  log.chunks = {"00"};
  manifest.files.push_back(log);
  manifest.has_contents = true;
  manifest.contents.push_back({"data.edb", "numbers", 7, "00"});
  return manifest;
}

bool IsRead(const json& manifest) { return SetManifest::FromJson(manifest.dump()).ok(); }

TEST(SetManifest, IsReadAsItWasWritten) {
  const Result<SetManifest> again = SetManifest::FromJson(SomeManifest().ToJson());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->files, SomeManifest().files);
  EXPECT_EQ(again->contents, SomeManifest().contents);
  EXPECT_EQ(again->generation_high, 4u);
}

TEST(SetManifest, NumbersAreWholeAndFit) {
  const json good = json::parse(SomeManifest().ToJson());
  ASSERT_TRUE(IsRead(good));
  size_t numbers = 0;
  const json flat = good.flatten();
  for (const auto& [place, value] : flat.items()) {
    if (!value.is_number()) continue;
    ++numbers;
    const double fraction = value.get<double>() + 0.25;
    for (const json& other : {json(-1), json(1e125), json(fraction), json(true), json("1")}) {
      json changed = flat;
      changed[place] = other;
      EXPECT_FALSE(IsRead(changed.unflatten())) << place << " is " << other;
    }
  }
  EXPECT_GT(numbers, 10u);
}

TEST(SetManifest, NumbersOf32BitsAreNotCut) {
  const json good = json::parse(SomeManifest().ToJson());
  for (const char* place : {"/format", "/number", "/page_size", "/generation_low",
                            "/generation_high", "/previous/number", "/files/0/generation"}) {
    json changed = good;
    json& number = changed.at(json::json_pointer(place));
    number = number.get<uint64_t>() + (uint64_t{1} << 32);
    EXPECT_FALSE(IsRead(changed)) << place;
  }
}

// Names of logs are made of these.
TEST(SetManifest, GenerationsAndNamesOfLogsAreThoseThatThereCanBe) {
  const json good = json::parse(SomeManifest().ToJson());
  for (const char* place : {"/generation_low", "/generation_high", "/files/0/generation"}) {
    for (const uint32_t generation : {0x7fffffffu, 0xffffffffu}) {
      json changed = good;
      changed.at(json::json_pointer(place)) = generation;
      EXPECT_FALSE(IsRead(changed)) << place << " " << generation;
    }
  }
  for (const std::string& name : {std::string("ed"), std::string("edbx"), std::string(200, 'x')}) {
    json changed = good;
    changed["base_name"] = name;
    EXPECT_FALSE(IsRead(changed)) << name;
  }
}

TEST(SetManifest, FilesAreOfAKindThatIsKnown) {
  json changed = json::parse(SomeManifest().ToJson());
  changed["files"][0]["kind"] = "logs";
  EXPECT_FALSE(IsRead(changed));
}

}  // namespace
}  // namespace contrail
