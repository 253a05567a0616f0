#include "engine/catalog_store.h"

#include "storage/check.h"

namespace contrail {
namespace {

Tree CatalogTree(Database& database, PageNumber root, ObjectId object) {
  return Tree(database, root, object, /*unique=*/true);
}

bool HasObjidRow(const CatalogRow& row) {
  switch (row.type) {
    case CatalogType::kTable:
    case CatalogType::kLongValue:
      return true;
    case CatalogType::kIndex:
      return (row.flags & index_flag::kPrimary) == 0;
    default:
      return false;
  }
}

Error DuplicateError(CatalogType type) {
  switch (type) {
    case CatalogType::kTable:
      return Error::kTableDuplicate;
    case CatalogType::kColumn:
      return Error::kColumnDuplicate;
    default:
      return Error::kIndexDuplicate;
  }
}

Error MissingError(CatalogType type) {
  switch (type) {
    case CatalogType::kTable:
      return Error::kObjectNotFound;
    case CatalogType::kColumn:
      return Error::kColumnNotFound;
    default:
      return Error::kIndexNotFound;
  }
}

bool NameKeysEqual(const CatalogRow& a, const CatalogRow& b) { return NamesEqual(a.name, b.name); }

}  // namespace

CatalogStore::CatalogStore(Database& database, TransactionManager& manager)
    : database_(&database),
      manager_(&manager),
      objects_(CatalogTree(database, catalog_place::kObjectsPage, catalog_place::kObjectsObjectId),
               manager),
      names_(
          CatalogTree(database, catalog_place::kNameIndexPage, catalog_place::kNameIndexObjectId),
          manager),
      roots_(CatalogTree(database, catalog_place::kRootObjectsIndexPage,
                         catalog_place::kRootObjectsIndexObjectId),
             manager),
      shadow_(CatalogTree(database, catalog_place::kShadowPage, catalog_place::kShadowObjectId),
              manager) {}

Result<Bytes> CatalogStore::Encode(const CatalogRow& row, RecordBuilder& builder) const {
  const RecordLayout layout = RecordLayoutOf(database_->page_size());
  RETURN_IF_ERROR(EncodeCatalogRow(row, layout, builder));
  return builder.Encode(RecordSizeLimit(database_->page_size(), kDefaultKeyMost));
}

Status CatalogStore::AddNameKeys(OperationContext& context, const CatalogRow& row,
                                 Bytes primary_key) {
  KeyBuffer key;
  MakeCatalogNameKey(row.table, row.type, row.name, key);
  Status status = names_.Insert(context, key.bytes(), primary_key);
  if (status.Is(Error::kKeyDuplicate)) return DuplicateError(row.type);
  RETURN_IF_ERROR(status);
  if (!row.root_flag) return Status::Ok();
  MakeCatalogRootKey(row.name, key);
  status = roots_.Insert(context, key.bytes(), primary_key);
  return status.Is(Error::kKeyDuplicate) ? Status(DuplicateError(row.type)) : status;
}

Status CatalogStore::RemoveNameKeys(OperationContext& context, const CatalogRow& row) {
  KeyBuffer key;
  MakeCatalogNameKey(row.table, row.type, row.name, key);
  RETURN_IF_ERROR(names_.Delete(context, key.bytes()));
  if (!row.root_flag) return Status::Ok();
  MakeCatalogRootKey(row.name, key);
  return roots_.Delete(context, key.bytes());
}

Status CatalogStore::Insert(OperationContext& context, const CatalogRow& row) {
  RecordBuilder builder;
  ASSIGN_OR_RETURN(const Bytes record, Encode(row, builder));
  KeyBuffer key;
  MakeCatalogIdKey(row.table, row.type, row.id, key);
  // Names first: a duplicate name is the common mistake and leaves nothing to undo.
  RETURN_IF_ERROR(AddNameKeys(context, row, key.bytes()));
  RETURN_IF_ERROR(objects_.Insert(context, key.bytes(), record));
  RETURN_IF_ERROR(shadow_.Insert(context, key.bytes(), record));
  return HasObjidRow(row) ? AddObjid(context, row) : Status::Ok();
}

Status CatalogStore::Delete(OperationContext& context, const CatalogRow& row) {
  KeyBuffer key;
  MakeCatalogIdKey(row.table, row.type, row.id, key);
  const Status status = objects_.Delete(context, key.bytes());
  if (status.Is(Error::kRecordNotFound)) return MissingError(row.type);
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(shadow_.Delete(context, key.bytes()));
  RETURN_IF_ERROR(RemoveNameKeys(context, row));
  return HasObjidRow(row) ? RemoveObjid(context, row) : Status::Ok();
}

Status CatalogStore::Replace(OperationContext& context, const CatalogRow& before,
                             const CatalogRow& after) {
  CHECK(before.table == after.table && before.type == after.type && before.id == after.id);
  CHECK(before.root_flag == after.root_flag);
  KeyBuffer key;
  MakeCatalogIdKey(after.table, after.type, after.id, key);
  std::vector<std::byte> stored;
  Status status = objects_.Get(context, key.bytes(), &stored);
  if (status.Is(Error::kRecordNotFound)) return MissingError(after.type);
  RETURN_IF_ERROR(status);
  const uint32_t page_size = database_->page_size();
  const Result<RecordView> view =
      RecordView::Open(ObjectsSchema(), RecordLayoutOf(page_size), stored);
  RecordBuilder builder;
  if (!view.ok() || !builder.StartFrom(*view).ok()) return Error::kCatalogCorrupted;
  RETURN_IF_ERROR(ApplyCatalogRow(after, builder));
  ASSIGN_OR_RETURN(const Bytes record, builder.Encode(RecordSizeLimit(page_size, kDefaultKeyMost)));
  if (!NameKeysEqual(before, after)) {
    RETURN_IF_ERROR(AddNameKeys(context, after, key.bytes()));
    RETURN_IF_ERROR(RemoveNameKeys(context, before));
  }
  RETURN_IF_ERROR(objects_.Replace(context, key.bytes(), record));
  return shadow_.Replace(context, key.bytes(), record);
}

Result<CatalogRow> CatalogStore::Decode(Bytes record) const {
  const Result<RecordView> view =
      RecordView::Open(ObjectsSchema(), RecordLayoutOf(database_->page_size()), record);
  if (!view.ok()) return Error::kCatalogCorrupted;
  return DecodeCatalogRow(*view);
}

Result<CatalogRow> CatalogStore::FindTable(Transaction& transaction, std::string_view name) {
  KeyBuffer key;
  MakeCatalogRootKey(name, key);
  VersionedCursor root(roots_, transaction);
  Status status = root.SeekExact(key.bytes());
  if (status.Is(Error::kRecordNotFound)) return Error::kObjectNotFound;
  RETURN_IF_ERROR(status);
  ASSIGN_OR_RETURN(const Bytes primary_key, root.Data());
  VersionedCursor row(objects_, transaction);
  status = row.SeekExact(primary_key);
  if (status.Is(Error::kRecordNotFound)) return Error::kCatalogCorrupted;
  RETURN_IF_ERROR(status);
  ASSIGN_OR_RETURN(const Bytes record, row.Data());
  return Decode(record);
}

Result<std::vector<CatalogRow>> CatalogStore::RowsOf(Transaction& transaction, ObjectId table) {
  std::vector<CatalogRow> rows;
  KeyBuffer prefix;
  MakeCatalogTablePrefix(table, prefix);
  VersionedCursor cursor(objects_, transaction);
  Status status = cursor.SeekAtLeast(prefix.bytes());
  while (status.ok()) {
    if (CommonPrefixLength(cursor.key(), prefix.bytes()) < prefix.size()) return rows;
    ASSIGN_OR_RETURN(const Bytes record, cursor.Data());
    ASSIGN_OR_RETURN(CatalogRow row, Decode(record));
    rows.push_back(std::move(row));
    status = cursor.MoveNext();
  }
  if (!status.Is(Error::kRecordNotFound) && !status.Is(Error::kNoCurrentRecord)) return status;
  return rows;
}

Result<TableSchema> CatalogStore::SchemaOf(Transaction& transaction, ObjectId table) {
  // The catalog's rows about itself give wrong record offsets.
  if (table == catalog_place::kObjectsObjectId) return ObjectsSchema();
  if (table == catalog_place::kShadowObjectId) return ShadowSchema();
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows, RowsOf(transaction, table));
  if (rows.empty()) return Error::kObjectNotFound;
  const std::string_view template_name = TemplateNameOf(rows);
  if (template_name.empty()) return TableFromRows(rows);
  const Result<CatalogRow> template_row = FindTable(transaction, template_name);
  if (!template_row.ok()) return Error::kCatalogCorrupted;
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> template_rows,
                   RowsOf(transaction, template_row->table));
  ASSIGN_OR_RETURN(const TableSchema template_table, TableFromRows(template_rows));
  return TableFromRows(rows, &template_table);
}

Result<std::vector<CatalogRow>> CatalogStore::Tables(Transaction& transaction) {
  std::vector<CatalogRow> rows;
  VersionedCursor root(roots_, transaction);
  VersionedCursor row(objects_, transaction);
  Status status = root.MoveFirst();
  while (status.ok()) {
    ASSIGN_OR_RETURN(const Bytes primary_key, root.Data());
    RETURN_IF_ERROR(row.SeekExact(primary_key));
    ASSIGN_OR_RETURN(const Bytes record, row.Data());
    ASSIGN_OR_RETURN(CatalogRow table, Decode(record));
    rows.push_back(std::move(table));
    status = root.MoveNext();
  }
  if (!status.Is(Error::kRecordNotFound) && !status.Is(Error::kNoCurrentRecord)) return status;
  return rows;
}

}  // namespace contrail
