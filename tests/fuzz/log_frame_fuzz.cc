// Any bytes as a generation's file: the verifier stays within them; and a file whose hashes are
// right, whatever its records hold, is accepted exactly when it is whole.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "log/frame_check.h"
#include "log/log_reader.h"

namespace {

using namespace contrail;

constexpr uint32_t kFileBytes = 128 << 10;

Status Verify(Bytes file, size_t piece) {
  auto verifier = LogFileVerifier::New(DiscardEvents(), "fuzzed");
  for (size_t at = 0; at < file.size(); at += piece) {
    const Status status = verifier->Feed(file.subspan(at, std::min(piece, file.size() - at)));
    if (!status.ok()) return status;
  }
  return verifier->Finish();
}

// Frames of up to 1000 bytes around the input, the last one marked.
std::vector<std::byte> MakeFile(Bytes records) {
  LogFileHeader header;
  header.generation = 3;
  header.file_bytes = kFileBytes;
  header.signature.random = 99;
  std::vector<std::byte> file = EncodeLogFileHeader(header);
  size_t at = file.size();
  file.resize(kFileBytes);
  const uint64_t seed = StreamSeed(header.signature);
  uint64_t chain = header.chain_seed;
  records = records.first(std::min<size_t>(records.size(), kFileBytes / 2));
  do {
    const Bytes content = records.first(std::min<size_t>(records.size(), 1000));
    records = records.subspan(content.size());
    FrameHeader frame;
    frame.position = MakeLgpos(header.generation, static_cast<uint32_t>(at));
    frame.length = static_cast<uint32_t>(content.size());
    frame.final = records.empty();
    frame.previous = chain;
    frame.content_hash = ContentHash(content);
    chain = EncodeFrameHeader(frame, seed, file.data() + at);
    at += kFrameHeaderBytes;
    std::copy(content.begin(), content.end(), file.begin() + static_cast<ptrdiff_t>(at));
    at += content.size();
  } while (!records.empty());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  LogFileHeader header;
  static_cast<void>(DecodeLogFileHeader(input, &header));
  Verify(input, 4096).Ignore();

  Bytes rest = input;
  RecordType type{};
  Bytes payload;
  size_t taken = 0;
  while (TakeRecord(&rest, &type, &payload)) taken += kRecordHeaderBytes + payload.size();
  if (taken + rest.size() != input.size()) std::abort();

  std::vector<std::byte> file = MakeFile(input);
  if (!Verify(file, 65536).ok() || !Verify(file, 4096).ok()) std::abort();
  if (size < 4) return 0;
  // One damaged byte, wherever it is.
  const uint32_t where = LoadLittle<uint32_t>(input.data()) % kFileBytes;
  file[where] ^= std::byte{1};
  if (Verify(file, 65536).ok()) std::abort();
  return 0;
}
