#include "engine/check/index_check.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_cat.h>
#include <xxhash.h>

#include "storage/check.h"

namespace contrail {
namespace {

// Differences of one index that are told one by one.
constexpr size_t kMostDifferences = 20;

uint64_t HashOf(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

XXH128_hash_t HashEntry(Bytes key, Bytes data) {
  return XXH3_128bits_withSeed(data.data(), data.size(), HashOf(key));
}

}  // namespace

void IndexCheck::Tally::Add(Bytes key, Bytes data) {
  const XXH128_hash_t hash = HashEntry(key, data);
  ++count;
  low += hash.low64;
  high += hash.high64;
}

// False when the keys of the record cannot be computed.
bool IndexCheck::MakeKeys(const RecordView& record) {
  keys_.Clear();
  if (schema_.Has(index_flag::kDeferredPopulate)) return false;
  const Status status = maker_.MakeKeys(schema_, record, reader_, keys_);
  // An index that forbids nulls has no entry for a record that has one.
  if (status.Is(Error::kNullKeyDisallowed)) keys_.Clear();
  return status.ok() || status.Is(Error::kNullKeyDisallowed);
}

void IndexCheck::AddRow(Bytes primary_key, const RecordView& record) {
  if (MakeKeys(record)) {
    for (size_t i = 0; i < keys_.size(); ++i) expected_.Add(keys_[i], primary_key);
    return;
  }
  const bool one_entry = !IndexKeyMaker::MayHaveManyKeys(schema_) && schema_.segments.size() == 1 &&
                         schema_.conditional_columns.empty() &&
                         !schema_.Has(index_flag::kDeferredPopulate);
  unknown_[HashOf(primary_key)] = one_entry ? 1 : kAnyNumber;
  report_.CountSkipped(absl::StrCat("keys of ", tree_.name));
}

void IndexCheck::AddUnreadableRow(Bytes primary_key) { unknown_[HashOf(primary_key)] = kAnyNumber; }

void IndexCheck::AddEntry(const LeafNode& node) {
  ++entries_;
  if (node.key.size() > schema_.key_most) {
    report_.Add(Remedy::kRebuildIndex, node.page, absl::StrCat(tree_.name, ": size of a key"),
                absl::StrCat("at most ", schema_.key_most), absl::StrCat(node.key.size()));
  }
  const auto unknown = unknown_.empty() ? unknown_.end() : unknown_.find(HashOf(node.data));
  if (unknown == unknown_.end()) {
    found_.Add(node.key, node.data);
  } else if (unknown->second != kAnyNumber) {
    --unknown->second;
  }
}

void IndexCheck::Compare(Database& database, const TreeCheck& tree, bool rows_complete,
                         const ForEachRow& rows) {
  report_.CountChecked("index entries", entries_);
  if (!tree.complete() || !rows_complete) return;
  uint64_t lacking = 0;
  for (const auto& [hash, left] : unknown_) lacking += left != kAnyNumber && left != 0 ? 1 : 0;
  if (lacking != 0) {
    report_.Add(Remedy::kRebuildIndex, tree_.subject.root,
                absl::StrCat(tree_.name, ": entries of rows whose keys cannot be computed"),
                "one each", absl::StrCat("another number for ", lacking, " rows"));
  }
  if (expected_ != found_) Explain(database, tree, rows);
}

void IndexCheck::Explain(Database& database, const TreeCheck& tree, const ForEachRow& rows) {
  absl::flat_hash_set<uint64_t> missing;
  const auto for_each_entry = [&](const std::function<void(Bytes key, Bytes primary_key)>& visit) {
    rows([&](Bytes primary_key, const RecordView& record) {
      if (unknown_.contains(HashOf(primary_key)) || !MakeKeys(record)) return;
      for (size_t i = 0; i < keys_.size(); ++i) visit(keys_[i], primary_key);
    });
  };
  const auto add = [this](PageNumber page, Bytes key, Bytes primary_key, const char* expected,
                          const char* found) {
    report_.Add(
        Remedy::kRebuildIndex, page,
        absl::StrCat(tree_.name, ": entry ", ShowBytes(key), " of record ", ShowBytes(primary_key)),
        expected, found);
  };
  for_each_entry(
      [&](Bytes key, Bytes primary_key) { missing.insert(HashEntry(key, primary_key).low64); });
  size_t told = 0;
  LeafScan(database, tree.pages()).Run([&](const LeafNode& node) {
    if (missing.erase(HashEntry(node.key, node.data).low64) != 0) return;
    if (unknown_.contains(HashOf(node.data)) || told == kMostDifferences) return;
    ++told;
    add(node.page, node.key, node.data, "none like it", "present");
  });
  size_t lacking = 0;
  for_each_entry([&](Bytes key, Bytes primary_key) {
    if (lacking == kMostDifferences) return;
    if (missing.erase(HashEntry(key, primary_key).low64) == 0) return;
    ++lacking;
    add(tree_.subject.root, key, primary_key, "present", "missing");
  });
  DCHECK(told + lacking > 0);
}

}  // namespace contrail
