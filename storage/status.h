// Status and Result: how a failure travels from where it happens to the API.
//
// A Status carries one JET number (storage/error.h) and nothing else, so it costs a register.
// Context (file, offset, expected, found) is reported as an event where it is known
// (storage/event.h). Warnings are positive numbers: they are "ok" and still tell the caller
// something.

#pragma once

#include <cassert>
#include <optional>
#include <utility>

#include "storage/error.h"

namespace contrail {

class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  // Implicit, so that functions can `return Error::kDiskFull;`.
  constexpr Status(Error error) : error_(error) {}  // NOLINT(google-explicit-constructor)

  static constexpr Status Ok() { return Status(); }

  // True for success and for warnings.
  constexpr bool ok() const { return static_cast<int32_t>(error_) >= 0; }
  constexpr Error error() const { return error_; }
  constexpr int32_t number() const { return static_cast<int32_t>(error_); }
  constexpr bool Is(Error error) const { return error_ == error; }

  // For the rare place where a failure changes nothing for anybody; say why beside the call.
  constexpr void Ignore() const {}

  friend constexpr bool operator==(Status, Status) = default;

 private:
  Error error_ = Error::kSuccess;
};

// A value, or the Status that says why there is none. A Result holding a value is ok.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(status) {      // NOLINT(google-explicit-constructor)
    assert(!status.ok());
  }
  Result(Error error) : Result(Status(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  Status status() const { return status_; }

  // The caller has checked ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace contrail

#define CONTRAIL_CONCAT_INNER(a, b) a##b
#define CONTRAIL_CONCAT(a, b) CONTRAIL_CONCAT_INNER(a, b)

// Returns from the function when the expression's Status is an error.
#define RETURN_IF_ERROR(expression)                          \
  do {                                                       \
    const ::contrail::Status contrail_status = (expression); \
    if (!contrail_status.ok()) return contrail_status;       \
  } while (false)

// ASSIGN_OR_RETURN(auto size, file.Size()); declares `size` or returns the Status.
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(CONTRAIL_CONCAT(contrail_result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result.ok()) return result.status();                     \
  declaration = std::move(result).value()
