#include "tests/support/tree_model.h"

#include <absl/strings/str_cat.h>

#include "tests/support/hex.h"

namespace contrail::test {
namespace {

std::string Show(const std::string& text) { return ToHex(AsBytes(text)).substr(0, 80); }

}  // namespace

std::string TreeModel::DiffersAt(TreeCursor& cursor, Status status,
                                 std::map<Bookmark, ModelNode>::const_iterator expected) const {
  if (expected == nodes.end()) {
    if (status.Is(Error::kRecordNotFound) || status.Is(Error::kNoCurrentRecord)) return "";
    return absl::StrCat("status ", status.number(), " instead of none; at ",
                        ToHex(cursor.key()).substr(0, 80));
  }
  const auto& [bookmark, node] = *expected;
  if (!status.ok()) {
    return absl::StrCat("status ", status.number(), " instead of ", Show(bookmark.first));
  }
  std::string key;
  std::string data;
  bool deleted = false;
  const Status read = cursor.ReadCurrent([&](const NodeView& view, const ReadGuard&) {
    key.resize(view.key_size());
    view.CopyKey(reinterpret_cast<std::byte*>(key.data()));
    data.assign(AsText(view.data));
    deleted = view.deleted();
    return Status::Ok();
  });
  if (!read.ok()) return absl::StrCat("reading: status ", read.number());
  if (key != bookmark.first) return absl::StrCat(Show(key), " instead of ", Show(bookmark.first));
  if (AsText(cursor.key()) != key) return "the cursor's copy of the key differs";
  if (!unique_ && AsText(cursor.data()) != data) return "the cursor's copy of the data differs";
  if (data != node.data) return absl::StrCat("data of ", Show(key), " differs");
  if (deleted != node.deleted) return absl::StrCat("deleted flag of ", Show(key), " differs");
  return "";
}

std::string TreeModel::Differs(const Tree& tree) const {
  TreeCursor cursor(tree);
  Status status = cursor.MoveFirst();
  for (auto it = nodes.begin();; ++it) {
    const std::string text = DiffersAt(cursor, status, it);
    if (!text.empty()) return absl::StrCat("forwards: ", text);
    if (it == nodes.end()) break;
    status = cursor.MoveNext();
  }
  status = nodes.empty() ? cursor.MoveLast() : cursor.MovePrevious();
  for (auto it = nodes.end(); it != nodes.begin();) {
    --it;
    const std::string text = DiffersAt(cursor, status, it);
    if (!text.empty()) return absl::StrCat("backwards: ", text);
    status = cursor.MovePrevious();
  }
  return status.ok() ? "backwards: something before the first node" : "";
}

}  // namespace contrail::test
