#include "backup/trailer_page.h"

#include <algorithm>

#include "storage/check.h"
#include "storage/page_checksum.h"

namespace contrail {
namespace {

constexpr size_t kBackupAt = 40;
constexpr size_t kDatabaseSignatureAt = 64;
constexpr size_t kLogSignatureAt = 92;
constexpr size_t kMinRequiredAt = 120;
constexpr size_t kMaxRequiredAt = 124;
constexpr size_t kMaxCommittedAt = 128;
constexpr size_t kMaxRequiredCreatedAt = 132;
constexpr size_t kMaxCommittedCreatedAt = 140;
constexpr size_t kInPartsAt = 148;
constexpr size_t kEnd = 152;

}  // namespace

void TrailerPage::Encode(MutableBytes page) const {
  CHECK(page.size() >= kEnd);
  std::fill(page.begin(), page.end(), std::byte{0});
  backup.Store(page.data() + kBackupAt);
  database_signature.Store(page.data() + kDatabaseSignatureAt);
  log_signature.Store(page.data() + kLogSignatureAt);
  StoreLittle(page.data() + kMinRequiredAt, generation_min_required);
  StoreLittle(page.data() + kMaxRequiredAt, generation_max_required);
  StoreLittle(page.data() + kMaxCommittedAt, generation_max_committed);
  max_required_created.Store(page.data() + kMaxRequiredCreatedAt);
  max_committed_created.Store(page.data() + kMaxCommittedCreatedAt);
  StoreLittle(page.data() + kInPartsAt, uint32_t{in_parts});
  StoreLittle(page.data(), HeaderChecksum(page));
}

Result<TrailerPage> TrailerPage::Decode(Bytes page) {
  if (page.size() < kEnd || LoadLittle<uint32_t>(page.data()) != HeaderChecksum(page)) {
    return Error::kBadPatchPage;
  }
  TrailerPage trailer;
  trailer.backup = BackupInfo::Load(page.data() + kBackupAt);
  trailer.database_signature = Signature::Load(page.data() + kDatabaseSignatureAt);
  trailer.log_signature = Signature::Load(page.data() + kLogSignatureAt);
  trailer.generation_min_required = LoadLittle<uint32_t>(page.data() + kMinRequiredAt);
  trailer.generation_max_required = LoadLittle<uint32_t>(page.data() + kMaxRequiredAt);
  trailer.generation_max_committed = LoadLittle<uint32_t>(page.data() + kMaxCommittedAt);
  trailer.max_required_created = LogTime::Load(page.data() + kMaxRequiredCreatedAt);
  trailer.max_committed_created = LogTime::Load(page.data() + kMaxCommittedCreatedAt);
  trailer.in_parts = LoadLittle<uint32_t>(page.data() + kInPartsAt) != 0;
  return trailer;
}

}  // namespace contrail
