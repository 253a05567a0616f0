// The JET API with C++ lifetimes: instance, session, database, transaction, table, update. Header
// only, over esent.h; C++20.
//
// Errors are thrown: every function that can fail throws contrail::Error, with JET's number, its
// meaning and the name of the call. No exception crosses the C functions. Destructors throw
// nothing: what they end without being asked to (a transaction, an update) is rolled back or
// cancelled; whoever wants to know how an end went calls Commit's and close's like by name.
//
// Objects own their handles, can be moved and not copied, and must not outlive what they were made
// from. A session, and what is made from it, belongs to one thread at a time.

#ifndef CONTRAIL_DB_HPP_
#define CONTRAIL_DB_HPP_

#include <esent.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace contrail {
// A program may link the engine's own archive, which has names of its own in contrail.
inline namespace cpp {

// what() says which operation failed, and what JET's number stands for.
class [[gnu::visibility("default")]] Error : public std::runtime_error {
 public:
  Error(JET_ERR code, const std::string& operation)
      : std::runtime_error(operation + ": error " + std::to_string(code) + meaning(code)),
        code_(code) {}
  JET_ERR code() const noexcept { return code_; }

 private:
  static std::string meaning(JET_ERR code) {
    char text[256] = {};
    auto number = static_cast<JET_API_PTR>(code);
    const JET_ERR known = JetGetSystemParameterA(
        JET_instanceNil, JET_sesidNil, JET_paramErrorToString, &number, text, sizeof(text));
    return known < 0 ? std::string() : std::string(" (") + text + ")";
  }
  JET_ERR code_;
};

// Throws for a negative result; gives a warning back.
inline JET_ERR check(JET_ERR result, const char* call) {
  if (result < 0) throw Error(result, call);
  return result;
}

struct Options {
  std::string base_name = "edb";  // How log files and the checkpoint begin.
  bool circular_logging = false;  // Logs are deleted as soon as a crash does not need them.
  // Further parameters, before JetInit: JetSetSystemParameter(instance, ...).
  void (*configure)(JET_INSTANCE* instance) = nullptr;
};

// An engine over a folder, which is made when it is missing: logs, checkpoint. Starting it recovers
// what a crash has left.
class Instance {
 public:
  explicit Instance(const std::string& folder, const Options& options = {}) {
    const std::string path = folder.ends_with('/') ? folder : folder + "/";
    check(JetCreateInstanceA(&handle_, path.c_str()), "JetCreateInstance");
    try {
      set(JET_paramCreatePathIfNotExist, 1, nullptr);
      set(JET_paramCircularLog, options.circular_logging ? 1 : 0, nullptr);
      set(JET_paramSystemPath, 0, path.c_str());
      set(JET_paramLogFilePath, 0, path.c_str());
      set(JET_paramTempPath, 0, path.c_str());
      set(JET_paramBaseName, 0, options.base_name.c_str());
      if (options.configure != nullptr) options.configure(&handle_);
      check(JetInit(&handle_), "JetInit");
    } catch (...) {
      JetTerm(handle_);
      throw;
    }
  }
  Instance(Instance&& other) noexcept : handle_(std::exchange(other.handle_, JET_instanceNil)) {}
  Instance& operator=(Instance&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Instance() {
    if (handle_ != JET_instanceNil) JetTerm(handle_);
  }
  // The databases are clean when this has returned.
  void close() { check(JetTerm(std::exchange(handle_, JET_instanceNil)), "JetTerm"); }
  JET_INSTANCE handle() const { return handle_; }

 private:
  void set(uint32_t parameter, JET_API_PTR number, const char* text) {
    check(JetSetSystemParameterA(&handle_, JET_sesidNil, parameter, number, text),
          "JetSetSystemParameter");
  }
  JET_INSTANCE handle_ = JET_instanceNil;
};

class Session {
 public:
  explicit Session(const Instance& instance) {
    check(JetBeginSessionA(instance.handle(), &handle_, nullptr, nullptr), "JetBeginSession");
  }
  Session(Session&& other) noexcept : handle_(std::exchange(other.handle_, JET_sesidNil)) {}
  Session& operator=(Session&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Session() {
    if (handle_ != JET_sesidNil) JetEndSession(handle_, 0);
  }
  JET_SESID handle() const { return handle_; }

 private:
  JET_SESID handle_ = JET_sesidNil;
};

// Rolls back unless it was committed.
class Transaction {
 public:
  explicit Transaction(const Session& session, JET_GRBIT flags = 0) : session_(session.handle()) {
    check(JetBeginTransaction2(session_, flags), "JetBeginTransaction2");
  }
  Transaction(Transaction&& other) noexcept
      : session_(std::exchange(other.session_, JET_sesidNil)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction() {
    if (session_ != JET_sesidNil) JetRollback(session_, 0);
  }
  // Returns when the changes are on the disk; with JET_bitCommitLazyFlush before. After an error
  // the transaction is still open, and is rolled back at its end.
  void commit(JET_GRBIT flags = 0) {
    check(JetCommitTransaction(session_, flags), "JetCommitTransaction");
    session_ = JET_sesidNil;
  }
  void rollback() { check(JetRollback(std::exchange(session_, JET_sesidNil), 0), "JetRollback"); }

 private:
  JET_SESID session_;
};

enum class Kind : JET_COLTYP {
  boolean = JET_coltypBit,
  int32 = JET_coltypLong,
  int64 = JET_coltypLongLong,
  real = JET_coltypIEEEDouble,
  text = JET_coltypLongText,  // Bytes as they are given, in the order of their values.
  binary = JET_coltypLongBinary,
};

struct Column {
  std::string name;
  Kind kind = Kind::int64;
  JET_GRBIT flags = 0;  // JET_bitColumn...
};

// A new or changed row. Cancelled unless it was saved.
class Update {
 public:
  Update(JET_SESID session, JET_TABLEID table, uint32_t what) : session_(session), table_(table) {
    check(JetPrepareUpdate(session_, table_, what), "JetPrepareUpdate");
  }
  Update(Update&& other) noexcept
      : session_(other.session_), table_(std::exchange(other.table_, JET_tableidNil)) {}
  Update& operator=(Update&&) = delete;
  ~Update() {
    if (table_ != JET_tableidNil) JetPrepareUpdate(session_, table_, JET_prepCancel);
  }

  // Numbers must have the size of the column's kind.
  template <typename Value>
  Update& set(JET_COLUMNID column, const Value& value) {
    if constexpr (std::is_arithmetic_v<Value>) {
      return put(column, &value, sizeof(value), 0);
    } else {
      const std::string& bytes = value;
      return put(column, bytes.data(), bytes.size(), bytes.empty() ? JET_bitSetZeroLength : 0);
    }
  }
  template <typename Value>
  Update& set(const char* column, const Value& value) {
    JET_COLUMNDEF found = {};
    found.cbStruct = sizeof(found);
    check(JetGetTableColumnInfoA(session_, table_, column, &found, sizeof(found), JET_ColInfo),
          "JetGetTableColumnInfo");
    return set(found.columnid, value);
  }
  Update& set_null(JET_COLUMNID column) { return put(column, nullptr, 0, 0); }
  void save() {
    check(JetUpdate(session_, table_, nullptr, 0, nullptr), "JetUpdate");
    table_ = JET_tableidNil;
  }

 private:
  Update& put(JET_COLUMNID column, const void* data, size_t size, JET_GRBIT flags) {
    check(JetSetColumn(session_, table_, column, data, static_cast<uint32_t>(size), flags, nullptr),
          "JetSetColumn");
    return *this;
  }
  JET_SESID session_;
  JET_TABLEID table_;
};

// An open table and a place in it: a cursor.
class Table {
 public:
  Table(JET_SESID session, JET_TABLEID handle) : session_(session), handle_(handle) {}
  Table(Table&& other) noexcept
      : session_(other.session_), handle_(std::exchange(other.handle_, JET_tableidNil)) {}
  Table& operator=(Table&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Table() {
    if (handle_ != JET_tableidNil) JetCloseTable(session_, handle_);
  }
  JET_TABLEID handle() const { return handle_; }

  JET_COLUMNID column(const char* name) const {
    JET_COLUMNDEF found = {};
    found.cbStruct = sizeof(found);
    check(JetGetTableColumnInfoA(session_, handle_, name, &found, sizeof(found), JET_ColInfo),
          "JetGetTableColumnInfo");
    return found.columnid;
  }

  // Of the row at the cursor, where there is one.
  Update insert() { return {session_, handle_, JET_prepInsert}; }
  Update replace() { return {session_, handle_, JET_prepReplace}; }
  void erase() { check(JetDelete(session_, handle_), "JetDelete"); }

  // A value of the row at the cursor; nothing where it is null.
  template <typename Value>
  std::optional<Value> get(JET_COLUMNID column) const {
    Value value{};
    uint32_t size = 0;
    if constexpr (std::is_arithmetic_v<Value>) {
      if (retrieve(column, &value, sizeof(value), &size) == JET_wrnColumnNull) return std::nullopt;
      if (size != sizeof(value)) throw Error(JET_errInvalidBufferSize, "get");
    } else {
      if (retrieve(column, nullptr, 0, &size) == JET_wrnColumnNull) return std::nullopt;
      value.resize(size);
      retrieve(column, value.data(), size, &size);
    }
    return value;
  }
  template <typename Value>
  std::optional<Value> get(const char* name) const {
    return get<Value>(column(name));
  }

  // Each stands on a row and says so, or finds none: false.
  bool first() { return move(JET_MoveFirst); }
  bool last() { return move(JET_MoveLast); }
  bool next() { return move(1); }
  bool previous() { return move(-1); }
  // The row whose key in the index in use is made of these values; with JET_bitSeekGE and the like
  // the nearest one.
  template <typename... Values>
  bool seek(const Values&... values) {
    return seek_with(JET_bitSeekEQ, values...);
  }
  template <typename... Values>
  bool seek_with(JET_GRBIT how, const Values&... values) {
    JET_GRBIT flags = JET_bitNewKey;
    (make_key(values, &flags), ...);
    const JET_ERR result = JetSeek(session_, handle_, how);
    if (result == JET_errRecordNotFound) return false;
    check(result, "JetSeek");
    return true;
  }
  // The primary index without a name.
  void use_index(const char* name = nullptr) {
    check(JetSetCurrentIndexA(session_, handle_, name), "JetSetCurrentIndex");
  }

 private:
  JET_ERR retrieve(JET_COLUMNID column, void* data, uint32_t size, uint32_t* actual) const {
    return check(JetRetrieveColumn(session_, handle_, column, data, size, actual, 0, nullptr),
                 "JetRetrieveColumn");
  }
  bool move(int32_t rows) {
    const JET_ERR result = JetMove(session_, handle_, rows, 0);
    if (result == JET_errNoCurrentRecord) return false;
    check(result, "JetMove");
    return true;
  }
  template <typename Value>
  void make_key(const Value& value, JET_GRBIT* flags) {
    JET_ERR result = JET_errSuccess;
    if constexpr (std::is_arithmetic_v<Value>) {
      result = JetMakeKey(session_, handle_, &value, sizeof(value), *flags);
    } else {
      const std::string& bytes = value;
      result = JetMakeKey(session_, handle_, bytes.data(), static_cast<uint32_t>(bytes.size()),
                          *flags | (bytes.empty() ? JET_bitKeyDataZeroLength : 0));
    }
    check(result, "JetMakeKey");
    *flags = 0;
  }

  JET_SESID session_;
  JET_TABLEID handle_;
};

// A database that a session has open. Stays attached to the instance.
class Database {
 public:
  // Attached if it is not yet. `create`: made when there is no such file.
  Database(const Session& session, const std::string& path, bool create = false)
      : session_(session.handle()) {
    JET_ERR result = JetAttachDatabaseA(session_, path.c_str(), 0);
    if (result == JET_errFileNotFound && create) {
      check(JetCreateDatabaseA(session_, path.c_str(), nullptr, &handle_, 0), "JetCreateDatabase");
      return;
    }
    check(result, "JetAttachDatabase");
    check(JetOpenDatabaseA(session_, path.c_str(), nullptr, &handle_, 0), "JetOpenDatabase");
  }
  Database(Database&& other) noexcept
      : session_(other.session_), handle_(std::exchange(other.handle_, JET_dbidNil)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Database() {
    if (handle_ != JET_dbidNil) JetCloseDatabase(session_, handle_, 0);
  }
  JET_DBID handle() const { return handle_; }

  Table open_table(const char* name, JET_GRBIT flags = 0) const {
    JET_TABLEID table = JET_tableidNil;
    check(JetOpenTableA(session_, handle_, name, nullptr, 0, flags, &table), "JetOpenTable");
    return {session_, table};
  }
  // `primary_key`: columns with their directions, "+id" or "+folder+id". None: rows have the order
  // in which they were inserted. All of it is made or nothing.
  Table create_table(const char* name, const std::vector<Column>& columns,
                     const std::string& primary_key = {}) const {
    check(JetBeginTransaction(session_), "JetBeginTransaction");
    try {
      JET_TABLEID handle = JET_tableidNil;
      check(JetCreateTableA(session_, handle_, name, 1, 80, &handle), "JetCreateTable");
      Table table(session_, handle);
      for (const Column& column : columns) add_column(handle, column);
      if (!primary_key.empty()) create_index(handle, primary_key);
      check(JetCommitTransaction(session_, 0), "JetCommitTransaction");
      return table;
    } catch (...) {
      JetRollback(session_, 0);
      throw;
    }
  }

 private:
  void add_column(JET_TABLEID table, const Column& column) const {
    JET_COLUMNDEF definition = {};
    definition.cbStruct = sizeof(definition);
    definition.coltyp = static_cast<JET_COLTYP>(column.kind);
    definition.cp = column.kind == Kind::text ? 1252 : 0;
    definition.grbit = column.flags;
    JET_COLUMNID id = 0;
    check(JetAddColumnA(session_, table, column.name.c_str(), &definition, nullptr, 0, &id),
          "JetAddColumn");
  }
  void create_index(JET_TABLEID table, const std::string& columns) const {
    std::string key;  // Each column ends with a zero, and so does the list.
    for (const char letter : columns) {
      if ((letter == '+' || letter == '-') && !key.empty()) key += '\0';
      key += letter;
    }
    key.append(2, '\0');
    check(JetCreateIndexA(session_, table, "primary", JET_bitIndexPrimary | JET_bitIndexUnique,
                          key.data(), static_cast<uint32_t>(key.size()), 90),
          "JetCreateIndex");
  }

  JET_SESID session_;
  JET_DBID handle_ = JET_dbidNil;
};

}  // namespace cpp
}  // namespace contrail

#endif
