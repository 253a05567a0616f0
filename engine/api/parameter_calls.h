// Setting and reading system parameters: whose parameter it is, whether it may be changed now, and
// what a running instance does about it.

#pragma once

#include <string>

#include "engine/api/call_scope.h"

namespace contrail::api {

// JetSetSystemParameter. `instance` 0: none given. kInvalidParameter, kAlreadyInitialized,
// kInitInProgress, kInvalidInstance, kInvalidSesid, kInvalidPath.
Status SetParameter(JET_INSTANCE instance, JET_SESID sesid, uint32_t id, uintptr_t number,
                    const char* text);

struct ParameterValue {
  bool is_text = false;
  uintptr_t number = 0;
  std::string text;
};
// `number` comes in for JET_paramErrorToString.
Result<ParameterValue> GetParameter(JET_INSTANCE instance, JET_SESID sesid, uint32_t id,
                                    uintptr_t number);

}  // namespace contrail::api
