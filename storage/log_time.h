// LogTime and Signature: the moment and the identity that headers of databases, logs and
// checkpoints carry. Source: the .edb format, composite types LOGTIME and SIGN;
// docs/format/database_header.md.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "storage/bytes.h"

namespace contrail {

// A moment as the format stores it, to the millisecond. All zero: not set.
struct LogTime {
  static constexpr size_t kSize = 8;

  uint8_t second = 0;
  uint8_t minute = 0;
  uint8_t hour = 0;
  uint8_t day = 0;    // 1 to 31.
  uint8_t month = 0;  // 1 to 12.
  uint8_t years_since_1900 = 0;
  uint16_t millisecond = 0;
  bool utc = false;
  bool os_snapshot = false;  // In backup stamps: the backup was an OS snapshot.

  // UTC. `milliseconds` counts from 1970 and lies between 1970 and 2155.
  static LogTime FromUnixMilliseconds(int64_t milliseconds);
  static LogTime Now();
  // Taken as UTC whatever `utc` says; 0 when not set or no real date.
  int64_t ToUnixMilliseconds() const;

  static LogTime Load(const std::byte* from);  // kSize bytes.
  void Store(std::byte* to) const;

  bool IsNull() const { return *this == LogTime(); }
  // "2026-11-22 11:16:07.123 UTC", or "not set".
  std::string ToText() const;

  friend constexpr bool operator==(const LogTime&, const LogTime&) = default;
};

// Tells two files of the same name apart: random, with the moment of creation.
struct Signature {
  static constexpr size_t kSize = 28;

  uint32_t random = 0;
  LogTime created;
  std::array<char, 16> computer_name = {};  // Empty in every file seen.

  static Signature Random(LogTime created);
  static Signature Random() { return Random(LogTime::Now()); }

  static Signature Load(const std::byte* from);  // kSize bytes.
  void Store(std::byte* to) const;

  bool IsNull() const { return *this == Signature(); }
  std::string ToText() const;

  friend constexpr bool operator==(const Signature&, const Signature&) = default;
};

}  // namespace contrail
