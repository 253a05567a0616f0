// Any bytes as a database header: decoding stays within them, and what decodes encodes again to a
// page that decodes to the same.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "storage/database_header.h"
#include "storage/page_checksum.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  if (size == 0) return 0;
  const uint32_t page_size = kMinPageSize << (data[0] % 4);
  const bool identify = data[0] % 8 >= 4;
  std::vector<std::byte> page(page_size);
  std::memcpy(page.data(), data + 1, std::min<size_t>(size - 1, page_size));
  if (identify) {
    StoreLittle(page.data() + 4, kHeaderMagic);
    StoreLittle(page.data() + 8, kFormatVersion);
    StoreLittle(page.data() + 232, kFormatUpdate);
    StoreLittle(page.data() + 236, page_size);
    StoreLittle(page.data() + 667, uint32_t{1});
  }
  StoreLittle(page.data(), HeaderChecksum(page));
  HeaderFault fault;
  auto header = DatabaseHeader::Decode(page, &fault);
  if (!header.ok()) {
    if (identify || fault.rule.empty()) std::abort();
    return 0;
  }
  std::vector<std::byte> again(page_size);
  header->Encode(again);
  auto decoded = DatabaseHeader::Decode(again, nullptr);
  if (!decoded.ok()) std::abort();
  std::vector<std::byte> twice(page_size);
  decoded->Encode(twice);
  if (twice != again) std::abort();
  return 0;
}
