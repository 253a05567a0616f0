// Every field that `contrail header` prints of the samples, against an independent reader's.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

using Json = nlohmann::json;

// Its names where they are not ours: ours as paths into the document.
std::string OurPlaceOf(const std::string& name) {
  static const std::map<std::string, std::string> kPlaces = {
      {"bad_checksum_count", "bad_checksums/count"},
      {"bad_checksum_count_old", "bad_checksums/count_before"},
      {"bad_checksum_time", "bad_checksums/last"},
      {"copy_backup_type", "last_copy_backup_type"},
      {"create_update", "format_update_at_creation"},
      {"create_version", "format_version_at_creation"},
      {"database_signature", "signature"},
      {"dbid", "database_id"},
      {"differential_backup_type", "last_differential_backup_type"},
      {"ecc_fail_count", "uncorrectable_checksums/count"},
      {"ecc_fail_count_old", "uncorrectable_checksums/count_before"},
      {"ecc_fail_time", "uncorrectable_checksums/last"},
      {"ecc_fix_count", "corrected_checksums/count"},
      {"ecc_fix_count_old", "corrected_checksums/count_before"},
      {"ecc_fix_time", "corrected_checksums/last"},
      {"full_backup_type", "last_full_backup_type"},
      {"gen_max_committed", "highest_generation_committed"},
      {"gen_max_committed_time", "creation_of_the_highest_generation"},
      {"gen_max_required", "highest_generation_required"},
      {"gen_max_required_time", "creation_of_the_highest_generation_required"},
      {"gen_min_consistent", "lowest_generation_consistent"},
      {"gen_min_required", "lowest_generation_required"},
      {"gen_recovering", "generation_being_recovered"},
      {"incremental_backup_type", "last_incremental_backup_type"},
      {"last_extend_time", "extend_time"},
      {"last_reattach_position", "last_attach_position"},
      {"last_reattach_time", "last_attach_time"},
      {"last_repair_time", "repair_time"},
      {"last_resize_position", "resize_position"},
      {"last_scrub_dbtime", "scrub_dbtime"},
      {"last_scrub_time", "scrub_time"},
      {"last_shrink_time", "shrink_time"},
      {"objid_last", "last_object_id"},
      {"os_build", "OS_build"},
      {"os_major", "OS_major_version"},
      {"os_minor", "OS_minor_version"},
      {"os_service_pack", "OS_service_pack"},
      {"page_patch_count", "page_patches/count"},
      {"page_patch_count_old", "page_patches/count_before"},
      {"page_patch_time", "page_patches/last"},
      {"pre_redo_min_consistent", "lowest_generation_consistent_before_redo"},
      {"pre_redo_min_required", "lowest_generation_required_before_redo"},
      {"repair_count_before_defrag", "repair_count_before_defragmentation"},
      {"reseed_count", "incremental_reseeds/count"},
      {"reseed_count_old", "incremental_reseeds/count_before"},
      {"reseed_time", "incremental_reseeds/last"},
      {"revert_from", "reverted_from"},
      {"revert_page_count", "reverted_pages"},
      {"revert_to", "reverted_to"},
      {"scan_highest_page", "highest_page_scanned"},
      {"scan_highest_page_continuous", "highest_page_scanned_continuously"},
      {"scan_previous_end", "previous_scan_end"},
      {"stream_file_signature", "streaming_file_signature"},
      {"version", "format_version"},
  };
  const auto found = kPlaces.find(name);
  return "/" + (found == kPlaces.end() ? name : found->second);
}

// A value of its form in ours: "sector" is a block, times are "2022-08-19T11:46:32.952Z".
Json InOurForm(const Json& value) {
  if (value.is_object()) {
    Json object;
    for (const auto& [name, part] : value.items()) {
      object[name == "sector" ? "block" : name] = InOurForm(part);
    }
    return object;
  }
  if (!value.is_string()) return value;
  std::string text = value.get<std::string>();
  if (text.size() != 24 || text[10] != 'T' || text.back() != 'Z') return value;
  text[10] = ' ';
  text.back() = ' ';
  return text + "UTC";
}

TEST(HeaderFieldsTest, EveryFieldOfEverySampleEqualsTheCheckers) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  for (const std::string& name : test::SampleNames()) {
    const std::string path = test::UnpackSample(name, folder.path());
    const test::CommandResult ours = test::RunCommand({test::ToolPath(), "header", path, "--json"});
    ASSERT_EQ(ours.exit_status, 0) << ours.errors;
    const Json document = Json::parse(ours.output);
    EXPECT_EQ(document["header"], document["shadow"]);
    const Json& fields = document["header"]["fields"];
    const Json theirs = Json::parse(test::RunEdbCheck({"header", path, "--json"}).output);
    ASSERT_GE(theirs.size(), 90u);
    for (const auto& [field, value] : theirs.items()) {
      if (field.starts_with("reserved_")) continue;  // Bytes that stand together in ours.
      const Json::json_pointer place(OurPlaceOf(field));
      ASSERT_TRUE(fields.contains(place)) << name << " " << field;
      EXPECT_EQ(fields[place], InOurForm(value)) << name << " " << field;
    }
  }
}

}  // namespace
}  // namespace contrail
