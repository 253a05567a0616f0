#include "engine/database_creation.h"

#include "engine/catalog_store.h"
#include "storage/check.h"
#include "storage/open_failure.h"
#include "storage/space.h"

namespace contrail {
namespace {

namespace place = catalog_place;

struct SystemTree {
  PageNumber parent;
  NewTree tree;
};

// In the order of their pages. MSysObjects takes 20 pages and gives its indexes three each.
std::vector<SystemTree> SystemTrees() {
  const auto tree = [](ObjectId object, uint32_t flags, uint32_t pages, bool multiple,
                       PageNumber at) {
    return NewTree{.object_id = object,
                   .page_flags = flags,
                   .initial_pages = pages,
                   .multiple_extents = multiple,
                   .at = at};
  };
  return {
      {place::kDatabaseRootPage, tree(place::kObjectsObjectId, 0, 20, true, place::kObjectsPage)},
      {place::kObjectsPage,
       tree(place::kNameIndexObjectId, page_flag::kIndex, 3, true, place::kNameIndexPage)},
      {place::kObjectsPage, tree(place::kRootObjectsIndexObjectId, page_flag::kIndex, 3, true,
                                 place::kRootObjectsIndexPage)},
      {place::kDatabaseRootPage, tree(place::kShadowObjectId, 0, 5, true, place::kShadowPage)},
      {place::kDatabaseRootPage, tree(place::kObjidsObjectId, 0, 1, false, place::kObjidsPage)},
      {place::kDatabaseRootPage, tree(place::kLocalesObjectId, 0, 1, false, place::kLocalesPage)},
  };
}

Status CreateSystemTrees(Database& database, MutationScratch* scratch) {
  const std::lock_guard lock(database.structure_mutex());
  for (const SystemTree& system : SystemTrees()) {
    Mutation mutation(database, scratch, Mutation::Kind::kStructural);
    ASSIGN_OR_RETURN(const PageNumber root, CreateTree(mutation, system.parent, system.tree));
    CHECK(root == system.tree.at);
    const Result<Lgpos> committed = mutation.Commit();
    RETURN_IF_ERROR(committed.status());
  }
  return Status::Ok();
}

Status InsertObjects(Database& database, MutationScratch* scratch) {
  const RecordLayout layout = RecordLayoutOf(database.page_size());
  Tree objects(database, place::kObjectsPage, place::kObjectsObjectId, true);
  Tree names(database, place::kNameIndexPage, place::kNameIndexObjectId, true);
  Tree roots(database, place::kRootObjectsIndexPage, place::kRootObjectsIndexObjectId, true);
  Tree shadow(database, place::kShadowPage, place::kShadowObjectId, true);
  RecordBuilder builder;
  KeyBuffer id_key, key;
  for (const CatalogRow& row : InitialCatalogRows()) {
    RETURN_IF_ERROR(EncodeCatalogRow(row, layout, builder));
    ASSIGN_OR_RETURN(const Bytes record, builder.Encode(MaxNodeSize(database.page_size())));
    MakeCatalogIdKey(row.table, row.type, row.id, id_key);
    RETURN_IF_ERROR(objects.Insert(scratch, id_key.bytes(), record, 0, nullptr));
    RETURN_IF_ERROR(shadow.Insert(scratch, id_key.bytes(), record, 0, nullptr));
    MakeCatalogNameKey(row.table, row.type, row.name, key);
    RETURN_IF_ERROR(names.Insert(scratch, key.bytes(), id_key.bytes(), 0, nullptr));
    if (!row.root_flag) continue;
    MakeCatalogRootKey(row.name, key);
    RETURN_IF_ERROR(roots.Insert(scratch, key.bytes(), id_key.bytes(), 0, nullptr));
  }
  return Status::Ok();
}

Status InsertObjids(Database& database, MutationScratch* scratch) {
  Tree tree(database, place::kObjidsPage, place::kObjidsObjectId, true);
  RecordBuilder builder;
  KeyBuffer key;
  for (const ObjidRow& row : InitialObjidRows()) {
    RETURN_IF_ERROR(EncodeObjidRow(row, RecordLayoutOf(database.page_size()), builder));
    ASSIGN_OR_RETURN(const Bytes record, builder.Encode(MaxNodeSize(database.page_size())));
    MakeObjidKey(row.object, key);
    RETURN_IF_ERROR(tree.Insert(scratch, key.bytes(), record, 0, nullptr));
  }
  return Status::Ok();
}

Status InsertLocales(Database& database, MutationScratch* scratch) {
  Tree tree(database, place::kLocalesPage, place::kLocalesObjectId, true);
  RecordBuilder builder;
  KeyBuffer key;
  for (const LocaleRow& row : InitialLocaleRows()) {
    RETURN_IF_ERROR(EncodeLocaleRow(row, RecordLayoutOf(database.page_size()), builder));
    ASSIGN_OR_RETURN(const Bytes record, builder.Encode(MaxNodeSize(database.page_size())));
    MakeLocaleKey(row.key, key);
    RETURN_IF_ERROR(tree.Insert(scratch, key.bytes(), record, 0, nullptr));
  }
  return Status::Ok();
}

Status Populate(FileSystem& files, EventSink& events, const std::string& path) {
  NullRedoSink sink;
  BufferPoolOptions options;
  options.background_writer = false;
  // A torn page here does no harm: the file counts only once its creation has been logged.
  ASSIGN_OR_RETURN(const std::unique_ptr<BufferPool> pool,
                   BufferPool::Create(files, events, sink, options));
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                   Database::Open(files, *pool, events, path, /*read_only=*/false, 0, sink));
  MutationScratch scratch;
  RETURN_IF_ERROR(CreateSystemTrees(*database, &scratch));
  RETURN_IF_ERROR(InsertObjects(*database, &scratch));
  RETURN_IF_ERROR(InsertObjids(*database, &scratch));
  RETURN_IF_ERROR(InsertLocales(*database, &scratch));
  database->RaiseObjectId(place::kLocalesObjectId);
  RETURN_IF_ERROR(database->pages().FlushAll());
  return database->UpdateHeader([](DatabaseHeader*) {});
}

}  // namespace

Status CreateDatabaseFile(FileSystem& files, EventSink& events, const std::string& path,
                          const CreateDatabaseOptions& options, bool overwrite) {
  RETURN_IF_ERROR(Database::Create(files, events, path, options, overwrite));
  const Status status = Populate(files, events, path);
  if (status.ok()) return status;
  // The file is ours and useless; that it cannot be removed adds nothing to the error.
  files.Remove(path).Ignore();
  return ReportOpenFailure(files, events, path, FileMode::kCreateNew, status);
}

}  // namespace contrail
