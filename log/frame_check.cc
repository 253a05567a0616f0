#include "log/frame_check.h"

#include "storage/check.h"

namespace contrail {

FrameCheck CheckFrameHeader(Bytes header, const FrameExpectation& expected) {
  FrameCheck check;
  if (header.size() < kFrameHeaderBytes) {
    check.fault = FrameFault::kLength;
    check.expected = kFrameHeaderBytes;
    check.found = header.size();
    return check;
  }
  const auto differ = [&check](FrameFault fault, uint64_t wanted, uint64_t found) {
    check.fault = fault;
    check.expected = wanted;
    check.found = found;
  };
  check.fault = DecodeFrameHeader(header.data(), expected.stream_seed, &check.header, &check.hash);
  if (check.fault == FrameFault::kMagic) {
    check.found = LoadLittle<uint32_t>(header.data());
    check.expected = kFrameMagic;
  } else if (check.fault == FrameFault::kHash) {
    check.expected = check.hash;
    check.found = FrameHeaderHash(header.data(), expected.stream_seed);
  } else if (check.header.position != expected.position) {
    differ(FrameFault::kPosition, expected.position.Packed(), check.header.position.Packed());
  } else if (check.header.previous != expected.previous) {
    differ(FrameFault::kChain, expected.previous, check.header.previous);
  } else if (check.header.length > expected.room - kFrameHeaderBytes ||
             expected.room < kFrameHeaderBytes) {
    differ(FrameFault::kLength, expected.room, check.header.length);
  } else if (!check.header.final && check.header.length + 2 * kFrameHeaderBytes > expected.room) {
    // Every frame but the last leaves room for the header of another.
    differ(FrameFault::kLength, expected.room - 2 * kFrameHeaderBytes, check.header.length);
  }
  return check;
}

void CheckFrameContent(Bytes content, FrameCheck* check) {
  DCHECK(check->ok() && content.size() == check->header.length);
  const uint64_t hash = ContentHash(content);
  if (hash == check->header.content_hash) return;
  check->fault = FrameFault::kContent;
  check->expected = check->header.content_hash;
  check->found = hash;
}

std::string FaultText(FrameFault fault) {
  switch (fault) {
    case FrameFault::kNone:
      return "nothing is wrong with the frame";
    case FrameFault::kMagic:
      return "no frame begins here";
    case FrameFault::kHash:
      return "the hash of the frame's header is wrong";
    case FrameFault::kPosition:
      return "the frame belongs to another place";
    case FrameFault::kChain:
      return "the frame does not follow the one before";
    case FrameFault::kLength:
      return "the frame does not fit into the file";
    case FrameFault::kContent:
      return "the hash of the frame's records is wrong";
  }
  return "unknown fault";
}

uint32_t FindFrame(Bytes file, uint32_t from, uint32_t generation, uint64_t stream_seed) {
  DCHECK(file.size() <= kMaxGenerationBytes);
  for (size_t at = from; at + kFrameHeaderBytes <= file.size(); ++at) {
    if (LoadLittle<uint32_t>(file.data() + at) != kFrameMagic) continue;
    FrameHeader header;
    uint64_t hash = 0;
    const FrameFault fault = DecodeFrameHeader(file.data() + at, stream_seed, &header, &hash);
    if (fault != FrameFault::kNone) continue;
    if (header.position == MakeLgpos(generation, static_cast<uint32_t>(at))) {
      return static_cast<uint32_t>(at);
    }
  }
  return 0;
}

}  // namespace contrail
