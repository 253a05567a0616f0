#include "engine/first_entry.h"

#include <xxhash.h>

namespace contrail {

bool FirstEntry::IsFirst(Bytes entry_key, const OfflineNode& row) {
  keys_.Clear();
  const Result<RecordView> record = RecordView::Open(table_, layout_, row.data);
  const bool made = record.ok() && maker_.MakeKeys(index_, *record, &long_values_, keys_).ok() &&
                    keys_.Contains(entry_key);
  if (!made) {
    const XXH128_hash_t hash = XXH3_128bits(row.key.data(), row.key.size());
    return seen_.insert({hash.low64, hash.high64}).second;
  }
  size_t first = 0;
  while (!low_.empty() && Compare(keys_[first], low_) < 0) ++first;
  return Compare(keys_[first], entry_key) == 0;
}

}  // namespace contrail
