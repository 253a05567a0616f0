#include "engine/api/parameter_set.h"

#include <absl/strings/match.h>
#include <esent.h>

#include <algorithm>
#include <bit>
#include <filesystem>

#include "engine/restore_point_text.h"
#include "storage/check.h"

namespace contrail::api {
namespace {

bool IsPath(const ParameterFacts& facts) {
  return facts.kind == ParameterKind::kFolder || facts.kind == ParameterKind::kPath;
}

bool IsText(const ParameterFacts& facts) {
  return facts.kind == ParameterKind::kText || IsPath(facts);
}

// A folder's path ends with a slash; an empty text stays empty: the parameter is not set.
Result<std::string> Normalise(const ParameterFacts& facts, std::string_view text) {
  if (!IsPath(facts) || text.empty()) return std::string(text);
  ASSIGN_OR_RETURN(std::string path, AbsolutePath(text));
  // The folder of the temporary database may be given with its name, as ESE has it.
  if (facts.id == JET_paramTempPath && absl::EndsWithIgnoreCase(path, ".edb")) {
    path.resize(path.rfind('/') + 1);
  }
  if (facts.kind == ParameterKind::kFolder && path.back() != '/') path.push_back('/');
  return path;
}

Status CheckNumber(const ParameterFacts& facts, uint64_t value) {
  if (value < facts.lowest || value > facts.highest) {
    const bool tuples = facts.id == JET_paramIndexTuplesLengthMin ||
                        facts.id == JET_paramIndexTuplesLengthMax ||
                        facts.id == JET_paramIndexTuplesToIndexMax;
    return tuples ? Error::kIndexTuplesInvalidLimits : Error::kInvalidParameter;
  }
  const bool power = facts.id == JET_paramDatabasePageSize || facts.id == JET_paramVerPageSize;
  if (power && !std::has_single_bit(value)) return Error::kInvalidParameter;
  return Status::Ok();
}

}  // namespace

Result<std::string> AbsolutePath(std::string_view path) {
  if (path.empty()) return Error::kInvalidPath;
  std::string slashes(path);
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(slashes, error);
  if (error) return Error::kInvalidPath;
  constexpr size_t kLongestName = 255;  // Of every file system there is.
  for (const std::filesystem::path& name : absolute) {
    if (name.native().size() > kLongestName) return Error::kInvalidPath;
  }
  return absolute.lexically_normal().string();
}

ParameterSet::ParameterSet() {
  for (auto& number : numbers_) number.store(0, std::memory_order_relaxed);
  for (const ParameterFacts& facts : AllParameters()) {
    CHECK(facts.id < kParameterIds);
    numbers_[facts.id].store(facts.default_number, std::memory_order_relaxed);
    if (facts.default_text != nullptr) texts_[facts.id] = facts.default_text;
  }
  // Sort keys by the rules of en-US, ignoring case, kana type and width.
  constexpr uint64_t kEnglish = 1033, kMapFlags = 0x30401;
  numbers_[JET_paramUnicodeIndexDefault].store(kEnglish << 32 | kMapFlags);
}

ParameterSet& ParameterSet::operator=(const ParameterSet& other) {
  if (this == &other) return *this;
  for (size_t i = 0; i < numbers_.size(); ++i) {
    numbers_[i].store(other.numbers_[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  texts_ = other.texts_;
  was_set_ = other.was_set_;
  return *this;
}

Status ParameterSet::SetNumber(const ParameterFacts& facts, uint64_t value) {
  if (IsText(facts)) return Error::kInvalidParameter;
  if (facts.kind == ParameterKind::kBoolean) value = value != 0 ? 1 : 0;
  RETURN_IF_ERROR(CheckNumber(facts, value));
  numbers_[facts.id].store(value, std::memory_order_relaxed);
  was_set_[facts.id] = true;
  return Status::Ok();
}

Status ParameterSet::SetText(const ParameterFacts& facts, const char* text) {
  if (!IsText(facts) || text == nullptr) return Error::kInvalidParameter;
  const std::string_view given(text);
  if (given.size() < facts.lowest || given.size() > facts.highest) return Error::kInvalidParameter;
  if (facts.id == JET_paramBaseName && given.find_first_of("/\\") != given.npos) {
    return Error::kInvalidParameter;
  }
  if (facts.id == JET_paramContrailRestoreTo) RETURN_IF_ERROR(ParseRestorePoint(text).status());
  ASSIGN_OR_RETURN(texts_[facts.id], Normalise(facts, given));
  was_set_[facts.id] = true;
  return Status::Ok();
}

std::string ParameterSet::text(uint32_t id) const {
  const ParameterFacts* facts = FindParameter(id);
  const auto found = texts_.find(id);
  if (facts == nullptr || found == texts_.end()) return {};
  // Defaults are relative until somebody asks.
  const Result<std::string> text = Normalise(*facts, found->second);
  return text.ok() ? *text : found->second;
}

bool ParameterSet::Holds(const ParameterFacts& facts, uint64_t number, const char* text) const {
  if (!IsText(facts)) {
    if (facts.kind == ParameterKind::kBoolean) number = number != 0 ? 1 : 0;
    return this->number(facts.id) == number;
  }
  if (text == nullptr) return false;
  const Result<std::string> normal = Normalise(facts, text);
  return normal.ok() && *normal == this->text(facts.id);
}

}  // namespace contrail::api
