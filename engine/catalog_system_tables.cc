// The parts of CatalogStore that keep MSysObjids and MSysLocales: tables without a fixed place in
// the file, and which old files may lack.

#include <absl/strings/str_format.h>

#include "engine/catalog_store.h"

namespace contrail {
namespace {

// ",SortID=00000001-57ee-1e5c-00b4-d0000bb1e11e"
std::string SortIdText(const std::array<std::byte, 16>& sort_id) {
  const std::byte* id = sort_id.data();
  std::string text = absl::StrFormat(",SortID=%08x-%04x-%04x-%02x%02x-", LoadLittle<uint32_t>(id),
                                     LoadLittle<uint16_t>(id + 4), LoadLittle<uint16_t>(id + 6),
                                     static_cast<unsigned>(id[8]), static_cast<unsigned>(id[9]));
  for (int i = 10; i < 16; ++i) text += absl::StrFormat("%02x", static_cast<unsigned>(id[i]));
  return text;
}

// "LocaleName=en-US,SortID=00000001-57ee-1e5c-00b4-d0000bb1e11e,Ver=6020f0006020f"
std::u16string LocaleKeyText(const IndexSchema& index) {
  const std::string tail =
      SortIdText(index.sort_id) + absl::StrFormat(",Ver=%x", index.sort_version);
  return u"LocaleName=" + index.locale_name + std::u16string(tail.begin(), tail.end());
}

inline constexpr uint8_t kLocaleIndexCount = 2;  // Type of rows that count indexes of a sort order.

}  // namespace

Result<const VersionedTree*> CatalogStore::FindSystemTree(Transaction& transaction,
                                                          std::string_view name,
                                                          std::optional<VersionedTree>* place) {
  if (!place->has_value()) {
    ASSIGN_OR_RETURN(const CatalogRow row, FindTable(transaction, name));
    place->emplace(Tree(*database_, row.type_or_root, row.id, /*unique=*/true), *manager_);
  }
  return &**place;
}

Status CatalogStore::AddObjid(OperationContext& context, const CatalogRow& row) {
  absl::MutexLock lock(&system_trees_mutex_);
  Result<const VersionedTree*> tree =
      FindSystemTree(*context.transaction, kObjidsTableName, &objids_);
  // Files written before MSysObjids existed do without it.
  if (tree.status().Is(Error::kObjectNotFound)) return Status::Ok();
  RETURN_IF_ERROR(tree.status());
  RecordBuilder builder;
  const uint32_t page_size = database_->page_size();
  RETURN_IF_ERROR(
      EncodeObjidRow({row.id, row.table, row.type}, RecordLayoutOf(page_size), builder));
  ASSIGN_OR_RETURN(const Bytes record, builder.Encode(RecordSizeLimit(page_size, kDefaultKeyMost)));
  KeyBuffer key;
  MakeObjidKey(row.id, key);
  return objids_->Insert(context, key.bytes(), record);
}

Status CatalogStore::RemoveObjid(OperationContext& context, const CatalogRow& row) {
  absl::MutexLock lock(&system_trees_mutex_);
  Result<const VersionedTree*> tree =
      FindSystemTree(*context.transaction, kObjidsTableName, &objids_);
  if (tree.status().Is(Error::kObjectNotFound)) return Status::Ok();
  RETURN_IF_ERROR(tree.status());
  KeyBuffer key;
  MakeObjidKey(row.id, key);
  const Status status = objids_->Delete(context, key.bytes());
  return status.Is(Error::kRecordNotFound) ? Status::Ok() : status;
}

Status CatalogStore::CountLocale(OperationContext& context, const IndexSchema& index, int change) {
  if (!index.Has(index_flag::kLocalizedText)) return Status::Ok();
  absl::MutexLock lock(&system_trees_mutex_);
  Result<const VersionedTree*> tree =
      FindSystemTree(*context.transaction, kLocalesTableName, &locales_);
  if (tree.status().Is(Error::kObjectNotFound)) return Status::Ok();
  RETURN_IF_ERROR(tree.status());

  const RecordLayout layout = RecordLayoutOf(database_->page_size());
  LocaleRow row{.type = kLocaleIndexCount, .value = 0, .key = LocaleKeyText(index)};
  KeyBuffer key;
  MakeLocaleKey(row.key, key);
  std::vector<std::byte> stored;
  const Status found = locales_->Get(context, key.bytes(), &stored);
  if (found.ok()) {
    ASSIGN_OR_RETURN(const RecordView view, RecordView::Open(LocalesSchema(), layout, stored));
    ASSIGN_OR_RETURN(row, DecodeLocaleRow(view));
  } else if (!found.Is(Error::kRecordNotFound)) {
    return found;
  }
  row.value += change;
  RecordBuilder builder;
  RETURN_IF_ERROR(EncodeLocaleRow(row, layout, builder));
  ASSIGN_OR_RETURN(const Bytes record,
                   builder.Encode(RecordSizeLimit(database_->page_size(), kDefaultKeyMost)));
  return found.ok() ? locales_->Replace(context, key.bytes(), record)
                    : locales_->Insert(context, key.bytes(), record);
}

Result<bool> CatalogStore::HasLocale(OperationContext& context,
                                     const std::array<std::byte, 16>& sort_id) {
  absl::MutexLock lock(&system_trees_mutex_);
  Result<const VersionedTree*> tree =
      FindSystemTree(*context.transaction, kLocalesTableName, &locales_);
  if (tree.status().Is(Error::kObjectNotFound)) return false;
  RETURN_IF_ERROR(tree.status());
  const std::string text = SortIdText(sort_id);
  const std::u16string wanted(text.begin(), text.end());
  const RecordLayout layout = RecordLayoutOf(database_->page_size());
  VersionedCursor cursor(*locales_, *context.transaction);
  Status status = cursor.MoveFirst();
  while (status.ok()) {
    ASSIGN_OR_RETURN(const Bytes record, cursor.Data());
    ASSIGN_OR_RETURN(const RecordView view, RecordView::Open(LocalesSchema(), layout, record));
    ASSIGN_OR_RETURN(const LocaleRow row, DecodeLocaleRow(view));
    if (row.type == kLocaleIndexCount && row.value > 0 && row.key.find(wanted) != row.key.npos) {
      return true;
    }
    status = cursor.MoveNext();
  }
  const bool ended = status.Is(Error::kNoCurrentRecord) || status.Is(Error::kRecordNotFound);
  return ended ? Result<bool>(false) : Result<bool>(status);
}

}  // namespace contrail
