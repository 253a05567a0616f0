#include "engine/compression_event.h"

#include <absl/strings/str_cat.h>

namespace contrail {

Status ExplainDecompression(const Status& status, Bytes stored, const TableDefinition& table) {
  if (!status.Is(Error::kFeatureNotAvailable) || stored.empty()) return status;
  Event event;
  event.severity = Severity::kError;
  event.text = absl::StrCat(
      "A value of table \"", table.schema().name, "\" is compressed by ",
      CompressionSchemeOf(stored[0]) == CompressionScheme::kXpress9 ? "XPRESS9" : "XPRESS10",
      ", which belongs to a later format.");
  event.file = table.database().path();
  event.expected = "7 bits, XPRESS or LZ4";
  event.found = absl::StrCat("scheme ", static_cast<int>(CompressionSchemeOf(stored[0])));
  event.error = status.number();
  table.database().events().Report(event);
  return status;
}

}  // namespace contrail
