#include "engine/table_ddl.h"

#include "engine/instance.h"

namespace contrail {

TableDdl::TableDdl(Session& session, AttachedDatabase& database)
    : session_(session), database_(database), context_(session.context()) {}

Status TableDdl::CheckWritable() const {
  return database_.read_only() ? Status(Error::kDatabaseFileReadOnly) : Status::Ok();
}

Result<TableSchema> TableDdl::BeginChange(ObjectId table) {
  RETURN_IF_ERROR(database_.tables().BeginDdl(context_, table));
  ASSIGN_OR_RETURN(TableSchema schema,
                   database_.tables().LoadSchema(session_.transaction(), table));
  if ((schema.flags & (table_flag::kFixedDdl | table_flag::kSystem)) != 0) return Error::kFixedDDL;
  return schema;
}

Result<ObjectId> TableDdl::CreateTable(std::string_view name, uint32_t initial_pages,
                                       uint32_t density, uint32_t flags,
                                       std::string_view template_name) {
  if (density != 0 && (density < 20 || density > 100)) return Error::kDensityInvalid;
  RETURN_IF_ERROR(CheckName(name));
  ObjectId created = 0;
  RETURN_IF_ERROR(Atomically([&]() -> Status {
    Database& database = database_.database();
    TableSchema schema;
    schema.name = name;
    schema.object_id = database.NextObjectId();
    schema.flags = flags;
    schema.density = density == 0 ? 80 : density;
    schema.initial_pages = initial_pages;
    // The name first: when it is taken, nothing has been allocated.
    CatalogStore& catalog = database_.catalog();
    Transaction& transaction = session_.transaction();
    if (catalog.FindTable(transaction, name).ok()) return Error::kTableDuplicate;
    TableSchema template_table;
    if (!template_name.empty()) {
      ASSIGN_OR_RETURN(const CatalogRow row, catalog.FindTable(transaction, template_name));
      ASSIGN_OR_RETURN(template_table, catalog.SchemaOf(transaction, row.table));
      if (!template_table.is_template()) return Error::kDDLNotInheritable;
      schema.template_name = template_table.name;
      schema.flags |= table_flag::kDerived;
    }
    ASSIGN_OR_RETURN(
        schema.root_page,
        CreateVersionedTree(context_, session_.instance().transactions(), database,
                            catalog_place::kDatabaseRootPage,
                            {.object_id = schema.object_id,
                             .initial_pages = initial_pages == 0 ? 1 : initial_pages}));
    RETURN_IF_ERROR(catalog.Insert(context_, MakeTableRow(schema)));
    created = schema.object_id;
    return InheritIndexes(schema, template_table);
  }));
  return created;
}

Status TableDdl::DeleteTable(std::string_view name) {
  return Atomically([&]() -> Status {
    Transaction& transaction = session_.transaction();
    ASSIGN_OR_RETURN(const CatalogRow table, database_.catalog().FindTable(transaction, name));
    if ((table.flags & table_flag::kSystem) != 0) return Error::kCannotDeleteSystemTable;
    if ((table.flags & table_flag::kTemplate) != 0) return Error::kCannotDeleteTemplateTable;
    RETURN_IF_ERROR(database_.tables().BeginDelete(context_, table.table));
    ASSIGN_OR_RETURN(const TableSchema schema,
                     database_.tables().LoadSchema(transaction, table.table));
    ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows,
                     database_.catalog().RowsOf(transaction, table.table));
    for (const CatalogRow& row : rows) {
      RETURN_IF_ERROR(database_.catalog().Delete(context_, row));
    }
    TransactionManager& manager = session_.instance().transactions();
    Database& database = database_.database();
    // Children before their parent, which takes their pages back.
    for (const IndexSchema& index : schema.indexes) {
      RETURN_IF_ERROR(database_.catalog().CountLocale(context_, index, -1));
      if (index.is_primary()) continue;
      RETURN_IF_ERROR(DropVersionedTree(context_, manager, database, schema.root_page,
                                        index.root_page, index.object_id));
    }
    if (schema.long_value_root_page != 0) {
      RETURN_IF_ERROR(DropVersionedTree(context_, manager, database, schema.root_page,
                                        schema.long_value_root_page, schema.long_value_object_id));
    }
    return DropVersionedTree(context_, manager, database, catalog_place::kDatabaseRootPage,
                             schema.root_page, schema.object_id);
  });
}

Status TableDdl::RenameTable(std::string_view from, std::string_view to) {
  RETURN_IF_ERROR(CheckName(to));
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(const CatalogRow before,
                     database_.catalog().FindTable(session_.transaction(), from));
    // Derived tables know their template by its name.
    constexpr uint32_t kFixed = table_flag::kSystem | table_flag::kTemplate | table_flag::kFixedDdl;
    if ((before.flags & kFixed) != 0) return Error::kFixedDDL;
    CatalogRow after = before;
    after.name = to;
    return database_.catalog().Replace(context_, before, after);
  });
}

Status TableDdl::AddTableFlags(ObjectId table, uint32_t flags) {
  if (flags == 0) return Status::Ok();
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(const TableSchema schema, BeginChange(table));
    ASSIGN_OR_RETURN(const CatalogRow before,
                     database_.catalog().FindTable(session_.transaction(), schema.name));
    CatalogRow after = before;
    after.flags |= flags;
    RETURN_IF_ERROR(database_.catalog().Replace(context_, before, after));
    return database_.tables().Reload(context_, table);
  });
}

Status TableDdl::CheckEmpty(const TableSchema& table) const {
  TreeCursor cursor(Tree(database_.database(), table.root_page, table.object_id, /*unique=*/true));
  const Status first = cursor.MoveFirst();
  if (first.ok()) return Error::kTableNotEmpty;
  const bool empty = first.Is(Error::kRecordNotFound) || first.Is(Error::kNoCurrentRecord);
  return empty ? Status::Ok() : first;
}

Result<ColumnId> TableDdl::AddColumn(ObjectId table, const NewColumn& request) {
  RETURN_IF_ERROR(CheckName(request.name));
  ColumnSchema column;
  RETURN_IF_ERROR(Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(TableSchema schema, BeginChange(table));
    RETURN_IF_ERROR(PlaceColumn(schema, request, &column));
    if (column.in_every_record()) RETURN_IF_ERROR(CheckEmpty(schema));
    RETURN_IF_ERROR(database_.catalog().Insert(context_, MakeColumnRow(schema, column)));
    return database_.tables().Reload(context_, table);
  }));
  return column.api_id();
}

Status TableDdl::DeleteColumn(ObjectId table, std::string_view name, bool ignore_inherited) {
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(TableSchema schema, BeginChange(table));
    const ColumnSchema* found = schema.FindColumn(name);
    if (found == nullptr) return Error::kColumnNotFound;
    if (found->from_template) {
      return ignore_inherited ? Error::kColumnNotFound : Error::kFixedInheritedDDL;
    }
    if (schema.IsIndexed(found->id)) return Error::kColumnInUse;
    // The row stays, with type 0, so that neither id nor place in the record is used again.
    ColumnSchema gone = *found;
    gone.max_size = found->fixed_size();
    gone.type = ColumnType::kNil;
    gone.flags = 0;
    gone.default_value.clear();
    gone.name = "JetStub_" + std::to_string(table) + "_" + std::to_string(found->id);
    RETURN_IF_ERROR(database_.catalog().Replace(context_, MakeColumnRow(schema, *found),
                                                MakeColumnRow(schema, gone)));
    return database_.tables().Reload(context_, table);
  });
}

Status TableDdl::RenameColumn(ObjectId table, std::string_view from, std::string_view to) {
  RETURN_IF_ERROR(CheckName(to));
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(TableSchema schema, BeginChange(table));
    const ColumnSchema* found = schema.FindColumn(from);
    if (found == nullptr) return Error::kColumnNotFound;
    if (found->from_template) return Error::kFixedInheritedDDL;
    ColumnSchema renamed = *found;
    renamed.name = to;
    RETURN_IF_ERROR(database_.catalog().Replace(context_, MakeColumnRow(schema, *found),
                                                MakeColumnRow(schema, renamed)));
    return database_.tables().Reload(context_, table);
  });
}

Status TableDdl::SetDefault(ObjectId table, std::string_view name, Bytes value) {
  if (value.empty()) return Error::kNullInvalid;
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(TableSchema schema, BeginChange(table));
    const ColumnSchema* found = schema.FindColumn(name);
    if (found == nullptr) return Error::kColumnNotFound;
    if (found->from_template) return Error::kFixedInheritedDDL;
    if (schema.IsIndexed(found->id)) return Error::kColumnInUse;
    RETURN_IF_ERROR(CheckDefaultFits(*found, value));
    ColumnSchema changed = *found;
    changed.default_value.assign(value.begin(), value.end());
    changed.flags |= column_flag::kHasDefault;
    RETURN_IF_ERROR(database_.catalog().Replace(context_, MakeColumnRow(schema, *found),
                                                MakeColumnRow(schema, changed)));
    return database_.tables().Reload(context_, table);
  });
}

Status TableDdl::CreateIndex(ObjectId table, const NewIndex& request) {
  RETURN_IF_ERROR(CheckName(request.name));
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(TableSchema schema, BeginChange(table));
    if (schema.FindIndex(request.name) != nullptr) return Error::kIndexDuplicate;
    RETURN_IF_ERROR(database_.tables().CheckNoForeignChanges(context_, table));
    ASSIGN_OR_RETURN(IndexSchema index, MakeIndex(schema, request));
    RETURN_IF_ERROR(index.is_primary() ? AddPrimaryIndex(schema, std::move(index))
                                       : AddSecondaryIndex(schema, std::move(index)));
    return database_.tables().Reload(context_, table);
  });
}

Status TableDdl::DeleteIndex(ObjectId table, std::string_view name) {
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(TableSchema schema, BeginChange(table));
    const IndexSchema* index = schema.FindIndex(name);
    if (index == nullptr) return Error::kIndexNotFound;
    if (index->is_primary()) return Error::kIndexMustStay;
    if (index->Has(index_flag::kDerived)) return Error::kFixedInheritedDDL;
    RETURN_IF_ERROR(database_.catalog().Delete(context_, MakeIndexRow(schema, *index)));
    RETURN_IF_ERROR(database_.catalog().CountLocale(context_, *index, -1));
    RETURN_IF_ERROR(DropVersionedTree(context_, session_.instance().transactions(),
                                      database_.database(), schema.root_page, index->root_page,
                                      index->object_id));
    return database_.tables().Reload(context_, table);
  });
}

}  // namespace contrail
