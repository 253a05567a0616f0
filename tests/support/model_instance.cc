#include "tests/support/model_instance.h"

#include <absl/strings/str_format.h>

#include "engine/session.h"
#include "storage/check.h"

namespace contrail::test {
namespace {

constexpr ObjectId kTreeObject = 1000;
constexpr PageNumber kDatabaseRoot = 1;

}  // namespace

InstanceOptions ModelInstance::SmallOptions(const std::string& folder) {
  InstanceOptions options;
  options.system_path = options.log_path = options.temporary_path = folder;
  options.cache_bytes = 4 << 20;
  options.log_generation_bytes = 128 << 10;
  options.log_buffer_bytes = 64 << 10;
  options.checkpoint_depth = 128 << 10;
  options.create_missing_folders = true;
  options.background_threads = false;
  return options;
}

ModelInstance::ModelInstance(FileSystem& files, EventSink& events, InstanceOptions options)
    : engine_(std::make_unique<Instance>(files, events, std::move(options))) {}

std::string ModelInstance::Key(int number) { return absl::StrFormat("key%06d", number); }

Status ModelInstance::Create(const std::string& path) {
  RETURN_IF_ERROR(engine_->CreateDatabase(path, {}));
  Session session(*engine_);
  RETURN_IF_ERROR(session.transaction().Begin(false));
  Database& database = engine_->FindDatabase(path)->database();
  TreeDescription description;
  description.object_id = kTreeObject;
  description.initial_pages = 1;
  ASSIGN_OR_RETURN(const PageNumber root,
                   CreateVersionedTree(session.context(), engine_->transactions(), database,
                                       kDatabaseRoot, description));
  RETURN_IF_ERROR(session.transaction().Commit(CommitMode::kDurable));
  // Every database here is made the same way, so its tree has the same place.
  CHECK(root == TreeOf(path)->tree().root());
  return Status::Ok();
}

Result<VersionedTree> ModelInstance::TreeOf(const std::string& path) {
  constexpr PageNumber kRootOfFirstTree = 31;
  AttachedDatabase* database = engine_->FindDatabase(path);
  if (database == nullptr) return Error::kDatabaseNotFound;
  return VersionedTree(Tree(database->database(), kRootOfFirstTree, kTreeObject, true),
                       engine_->transactions());
}

Status ModelInstance::PutIn(Session& session, const VersionedTree& tree, const std::string& key,
                            const std::string& value) {
  const Status status = tree.Insert(session.context(), AsBytes(key), AsBytes(value));
  if (!status.Is(Error::kKeyDuplicate)) return status;
  return tree.Replace(session.context(), AsBytes(key), AsBytes(value));
}

Status ModelInstance::PutUncommitted(Session& session, const std::string& key,
                                     const std::string& value, const std::string& path) {
  ASSIGN_OR_RETURN(const VersionedTree tree, TreeOf(path));
  return PutIn(session, tree, key, value);
}

Status ModelInstance::Put(const std::string& key, const std::string& value,
                          const std::string& path) {
  ASSIGN_OR_RETURN(const VersionedTree tree, TreeOf(path));
  Session session(*engine_);
  RETURN_IF_ERROR(session.transaction().Begin(false));
  Status status = PutIn(session, tree, key, value);
  if (status.ok()) status = session.transaction().Commit(CommitMode::kDurable);
  while (session.transaction().active()) {
    if (!session.transaction().Rollback().ok()) break;
  }
  return status;
}

Status ModelInstance::Fill(int first, int count, const std::string& value,
                           const std::string& path) {
  ASSIGN_OR_RETURN(const VersionedTree tree, TreeOf(path));
  Session session(*engine_);
  for (int i = 0; i < count; ++i) {
    if (i % 100 == 0) RETURN_IF_ERROR(session.transaction().Begin(false));
    RETURN_IF_ERROR(PutIn(session, tree, Key(first + i), value));
    if (i % 100 == 99 || i + 1 == count) {
      RETURN_IF_ERROR(session.transaction().Commit(CommitMode::kDurable));
    }
  }
  return Status::Ok();
}

Result<Model> ModelInstance::Contents(const std::string& path) {
  ASSIGN_OR_RETURN(const VersionedTree tree, TreeOf(path));
  Session session(*engine_);
  RETURN_IF_ERROR(session.transaction().Begin(true));
  Model model;
  VersionedCursor cursor(tree, session.transaction());
  Status status = cursor.MoveFirst();
  while (status.ok()) {
    ASSIGN_OR_RETURN(const Bytes data, cursor.Data());
    model.emplace(AsText(cursor.key()), AsText(data));
    status = cursor.MoveNext();
  }
  RETURN_IF_ERROR(session.transaction().Commit(CommitMode::kLazy));
  if (!status.Is(Error::kNoCurrentRecord) && !status.Is(Error::kRecordNotFound)) return status;
  return model;
}

}  // namespace contrail::test
