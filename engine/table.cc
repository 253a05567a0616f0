#include "engine/table.h"

#include <utility>

#include "engine/long_value_format.h"

namespace contrail {
namespace {

// Rows of a table without a primary index are keyed by four bytes.
constexpr uint32_t kSequentialKeySize = 4;

}  // namespace

TableDefinition::TableDefinition(Database& database, TableSchema schema)
    : database_(&database),
      schema_(std::move(schema)),
      primary_index_(schema_.primary_index()),
      primary_tree_(database, schema_.root_page, schema_.object_id, true),
      chunk_size_(LongValueChunkSize(database.page_size(), schema_.long_value_chunk_size)),
      layout_(RecordLayoutOf(database.page_size())),
      record_limit_(RecordSizeLimit(database.page_size(), primary_index_ != nullptr
                                                              ? primary_index_->key_most
                                                              : kSequentialKeySize)) {
  for (const IndexSchema& index : schema_.indexes) {
    if (index.is_primary()) continue;
    secondary_.push_back(
        {&index, Tree(database, index.root_page, index.object_id, index.is_unique())});
  }
  if (schema_.long_value_root_page != 0) {
    long_value_tree_.emplace(database, schema_.long_value_root_page, schema_.long_value_object_id,
                             true);
  }
  for (const ColumnSchema& column : schema_.columns()) {
    if (column.deleted()) continue;
    if (column.Has(column_flag::kAutoIncrement)) auto_increment_ = &column;
    if (column.Has(column_flag::kVersion)) version_ = &column;
  }
}

const TableDefinition::SecondaryIndex* TableDefinition::FindSecondary(std::string_view name) const {
  for (const SecondaryIndex& index : secondary_) {
    if (NamesEqual(index.schema->name, name)) return &index;
  }
  return nullptr;
}

const TableDefinition::SecondaryIndex* TableDefinition::FindSecondary(ObjectId object_id) const {
  for (const SecondaryIndex& index : secondary_) {
    if (index.schema->object_id == object_id) return &index;
  }
  return nullptr;
}

Table::Table(std::shared_ptr<const TableDefinition> definition, TransactionManager& manager,
             LongValueTreeProvider* provider)
    : manager_(&manager), provider_(provider) {
  committed_.push_back({0, std::move(definition)});
}

Result<Tree> Table::LongValueTree(OperationContext& context) {
  if (const auto now = definition(); now->long_value_tree()) return *now->long_value_tree();
  if (provider_ == nullptr) return Error::kFeatureNotAvailable;
  const absl::MutexLock lock(&provider_mutex_);
  if (const auto now = definition(); now->long_value_tree()) return *now->long_value_tree();
  RETURN_IF_ERROR(provider_->CreateLongValueTree(context, *this));
  const auto now = definition();
  if (!now->long_value_tree()) return Error::kInternalError;
  return *now->long_value_tree();
}

}  // namespace contrail
