#include "tests/support/engine_under_test.h"

#include "engine/search_key.h"

namespace contrail::test {
namespace {

enum LedgerColumn : ColumnId { kIdColumn = 1, kAmountColumn = 2, kNoteColumn = 256 };

template <typename T>
Bytes BytesOf(const T& value) {
  return {reinterpret_cast<const std::byte*>(&value), sizeof value};
}

}  // namespace

InstanceOptions EngineUnderTest::SmallOptions(const std::string& folder, uint32_t page_size) {
  InstanceOptions options;
  options.system_path = options.log_path = options.temporary_path = folder;
  options.page_size = page_size;
  options.cache_bytes = 8 << 20;
  options.log_generation_bytes = 1 << 20;
  options.log_buffer_bytes = 256 << 10;
  options.extension_pages = 16;
  options.create_missing_folders = true;
  options.background_threads = false;
  return options;
}

EngineUnderTest::EngineUnderTest(FileSystem& files, InstanceOptions options)
    : files_(files), options_(std::move(options)), path_(options_.system_path + "ledger.edb") {}

EngineUnderTest::~EngineUnderTest() {
  if (instance_ != nullptr && instance_->running()) {
    Stop(TerminateMode::kCrash).Ignore();  // A test that gave up.
  }
}

Status EngineUnderTest::Start() {
  instance_ = std::make_unique<Instance>(files_, events_, options_);
  RETURN_IF_ERROR(instance_->Initialize());
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(path_));
  if (!exists) return Status::Ok();
  RETURN_IF_ERROR(instance_->AttachDatabase(path_, {}));
  database_ = instance_->FindDatabase(path_);
  return Status::Ok();
}

Status EngineUnderTest::CreateLedger() {
  if (database_ == nullptr) {
    RETURN_IF_ERROR(instance_->CreateDatabase(path_, {.initial_pages = 64}));
    database_ = instance_->FindDatabase(path_);
  }
  Session session(*instance_);
  RETURN_IF_ERROR(session.transaction().Begin(false));
  TableDdl ddl(session, *database_);
  ASSIGN_OR_RETURN(const ObjectId table, ddl.CreateTable("ledger", 4, 80, 0));
  ASSIGN_OR_RETURN(const std::shared_ptr<Table> open,
                   database_->tables().Open(session.context(), "ledger", false));
  NewColumn id;
  id.name = "id";
  id.type = ColumnType::kLongLong;
  RETURN_IF_ERROR(ddl.AddColumn(table, id).status());
  NewColumn amount;
  amount.name = "amount";
  amount.type = ColumnType::kLong;
  RETURN_IF_ERROR(ddl.AddColumn(table, amount).status());
  NewColumn note;
  note.name = "note";
  note.type = ColumnType::kLongText;
  note.flags = column_flag::kCompressed;
  RETURN_IF_ERROR(ddl.AddColumn(table, note).status());
  NewIndex primary;
  primary.name = "primary";
  primary.flags = index_flag::kPrimary | index_flag::kUnique;
  primary.segments = {{"id", false}};
  RETURN_IF_ERROR(ddl.CreateIndex(table, primary));
  NewIndex by_amount;
  by_amount.name = "amount";
  by_amount.flags =
      index_flag::kAllowAllNulls | index_flag::kAllowFirstNull | index_flag::kAllowSomeNulls;
  by_amount.segments = {{"amount", false}};
  RETURN_IF_ERROR(ddl.CreateIndex(table, by_amount));
  RETURN_IF_ERROR(session.transaction().Commit(CommitMode::kDurable));
  database_->tables().Close(table, &session.transaction());
  return Status::Ok();
}

Status EngineUnderTest::Stop(TerminateMode mode) {
  database_ = nullptr;
  const Status status = instance_->Terminate(mode);
  return status;
}

LedgerSession::LedgerSession(EngineUnderTest& engine)
    : engine_(engine), session_(engine.instance()) {
  Result<std::shared_ptr<Table>> table =
      engine.database().tables().Open(session_.context(), "ledger", false);
  open_status_ = table.status();
  if (!table.ok()) return;
  table_ = *table;
  cursor_ = std::make_unique<TableCursor>(table_, session_.context(), /*updatable=*/true);
}

LedgerSession::~LedgerSession() {
  while (session_.transaction().active()) {
    if (!session_.transaction().Rollback().ok()) break;  // The power is gone.
  }
  cursor_.reset();
  if (table_ != nullptr) {
    engine_.database().tables().Close(table_->definition()->schema().object_id,
                                      &session_.transaction());
  }
}

Status LedgerSession::SeekId(int64_t id) {
  RETURN_IF_ERROR(cursor_->SetCurrentIndex(""));
  RETURN_IF_ERROR(cursor_->MakeKey(BytesOf(id), make_key_bit::kNewKey));
  return cursor_->Seek(seek_bit::kEqual);
}

Status LedgerSession::SetRow(const LedgerRow& row) {
  RETURN_IF_ERROR(cursor_->SetColumn(kAmountColumn, BytesOf(row.amount), {}));
  SetArguments arguments;
  arguments.flags = set_column_bit::kZeroLength;
  return cursor_->SetColumn(kNoteColumn, AsBytes(row.note), arguments);
}

Status LedgerSession::Insert(int64_t id, const LedgerRow& row) {
  RETURN_IF_ERROR(cursor_->PrepareUpdate(UpdateKind::kInsert));
  Status status = cursor_->SetColumn(kIdColumn, BytesOf(id), {});
  if (status.ok()) status = SetRow(row);
  if (status.ok()) status = cursor_->Update().status();
  if (!status.ok()) cursor_->PrepareUpdate(UpdateKind::kCancel).Ignore();  // Status tells why.
  return status;
}

Status LedgerSession::Replace(int64_t id, const LedgerRow& row) {
  RETURN_IF_ERROR(SeekId(id));
  RETURN_IF_ERROR(cursor_->PrepareUpdate(UpdateKind::kReplace));
  Status status = SetRow(row);
  if (status.ok()) status = cursor_->Update().status();
  if (!status.ok()) cursor_->PrepareUpdate(UpdateKind::kCancel).Ignore();  // Status tells why.
  return status;
}

Status LedgerSession::Delete(int64_t id) {
  RETURN_IF_ERROR(SeekId(id));
  return cursor_->Delete();
}

Result<LedgerRow> LedgerSession::Current() {
  LedgerRow row;
  RetrieveArguments amount;
  std::byte bytes[4];
  RETURN_IF_ERROR(cursor_->RetrieveColumn(kAmountColumn, bytes, &amount));
  row.amount = LoadLittle<int32_t>(bytes);
  RetrieveArguments size;
  RETURN_IF_ERROR(cursor_->RetrieveColumn(kNoteColumn, {}, &size));
  std::vector<std::byte> note(size.actual_size);
  RetrieveArguments whole;
  RETURN_IF_ERROR(cursor_->RetrieveColumn(kNoteColumn, note, &whole));
  row.note = AsText(note);
  return row;
}

Result<LedgerRow> LedgerSession::Get(int64_t id) {
  RETURN_IF_ERROR(SeekId(id));
  return Current();
}

Status LedgerSession::ReadAll(std::map<int64_t, LedgerRow>* rows) {
  rows->clear();
  size_t by_amount = 0;
  for (const char* index : {"", "amount"}) {
    RETURN_IF_ERROR(cursor_->SetCurrentIndex(index));
    Status status = cursor_->MoveFirst();
    while (status.ok()) {
      std::byte bytes[8];
      RetrieveArguments arguments;
      RETURN_IF_ERROR(cursor_->RetrieveColumn(kIdColumn, bytes, &arguments));
      ASSIGN_OR_RETURN(const LedgerRow row, Current());
      const auto id = LoadLittle<int64_t>(bytes);
      if (*index == '\0') {
        (*rows)[id] = row;
      } else {
        const auto known = rows->find(id);
        if (known == rows->end() || known->second != row) return Error::kDatabaseCorrupted;
        ++by_amount;
      }
      status = cursor_->MoveNext();
    }
    if (!status.Is(Error::kNoCurrentRecord)) return status;
  }
  return by_amount == rows->size() ? Status::Ok() : Status(Error::kDatabaseCorrupted);
}

}  // namespace contrail::test
