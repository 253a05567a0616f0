// AttachedDatabase: a database file while an instance has it attached.

#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/catalog_store.h"
#include "engine/instance_state.h"
#include "storage/database.h"

namespace contrail {

class TableRegistry;
class TextOrders;

class AttachedDatabase {
 public:
  AttachedDatabase(std::unique_ptr<Database> database, Attachment attachment,
                   TransactionManager& transactions, std::shared_ptr<const TextOrders> text_orders);
  ~AttachedDatabase();

  Database& database() { return *database_; }
  CatalogStore& catalog() { return catalog_; }
  TableRegistry& tables() { return *tables_; }
  // The sort orders that indexes over Unicode text may have.
  const TextOrders& text_orders() const { return *text_orders_; }
  const Attachment& attachment() const { return attachment_; }
  const std::string& path() const { return attachment_.path; }
  uint8_t id() const { return attachment_.database_id; }
  bool read_only() const { return database_->read_only(); }

  // How often sessions have it open (JetOpenDatabase); detach waits for none.
  std::atomic<int> open_count{0};

  std::unique_ptr<Database> TakeDatabase() { return std::move(database_); }

 private:
  std::unique_ptr<Database> database_;
  Attachment attachment_;
  std::shared_ptr<const TextOrders> text_orders_;
  CatalogStore catalog_;
  std::unique_ptr<TableRegistry> tables_;
};

}  // namespace contrail
