// An instance with databases that hold one tree each, to be backed up, broken and restored, and
// compared with a std::map.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/instance.h"

namespace contrail::test {

using Model = std::map<std::string, std::string>;

class ModelInstance {
 public:
  static constexpr char kFolder[] = "/db/";
  static constexpr char kDatabase[] = "/db/data.edb";

  // Small generations and no threads. The folder is made when it is missing.
  static InstanceOptions SmallOptions(const std::string& folder = kFolder);

  ModelInstance(FileSystem& files, EventSink& events, InstanceOptions options = SmallOptions());

  Instance& engine() { return *engine_; }
  Status Start() { return engine_->Initialize(); }
  // Creates a database with its tree, or attaches it.
  Status Create(const std::string& path = kDatabase);
  Status Attach(const std::string& path = kDatabase) { return engine_->AttachDatabase(path, {}); }

  // One transaction, durable.
  Status Put(const std::string& key, const std::string& value, const std::string& path = kDatabase);
  // In a transaction of the caller's.
  Status PutUncommitted(Session& session, const std::string& key, const std::string& value,
                        const std::string& path = kDatabase);
  // Many keys in transactions of a hundred.
  Status Fill(int first, int count, const std::string& value, const std::string& path = kDatabase);
  Result<Model> Contents(const std::string& path = kDatabase);

  static std::string Key(int number);

 private:
  Result<VersionedTree> TreeOf(const std::string& path);
  Status PutIn(Session& session, const VersionedTree& tree, const std::string& key,
               const std::string& value);

  std::unique_ptr<Instance> engine_;
};

}  // namespace contrail::test
