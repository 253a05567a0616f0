#include "tools/demo/content_hash.h"

#include <absl/strings/str_format.h>
#include <xxhash.h>

#include "storage/check.h"

namespace contrail::tool {
namespace {

// A column that is not tagged has one value, whatever is asked for.
constexpr JET_COLUMNID kFirstTagged = 256;

}  // namespace

void ContentHash::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

ContentHash::ContentHash() : state_(XXH3_createState()) {
  CHECK(state_ != nullptr);
  XXH3_128bits_reset(state_.get());
}

ContentHash::~ContentHash() = default;

void ContentHash::Add(const void* bytes, size_t size) {
  XXH3_128bits_update(state_.get(), bytes, size);
}

Status ContentHash::AddRow(const JetTable& table, const std::vector<JET_COLUMNID>& columns) {
  for (const JET_COLUMNID column : columns) {
    for (uint32_t itag = 1;; ++itag) {
      bool null = false;
      RETURN_IF_ERROR(table.Get(column, itag, &value_, &null));
      // Lengths go in too, so that no two rows look alike; one more than it is, 0 being null.
      const uint64_t size = null ? 0 : value_.size() + 1;
      Add(&size, sizeof size);
      Add(value_.data(), value_.size());
      if (null || column < kFirstTagged) break;
    }
  }
  return Status::Ok();
}

std::string ContentHash::Text() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return absl::StrFormat("%016x%016x", hash.high64, hash.low64);
}

}  // namespace contrail::tool
