/* Assertions on structure layouts, for C11 and C++. The numbers are those of 64-bit Windows, where
   long is 32 bits wide; programs that pass structures by their layout depend on them. */

#pragma once

#include <assert.h>
#include <esent.h>
#include <stddef.h>

#define CHECK_SIZE(structure, size) static_assert(sizeof(structure) == (size), #structure)
#define CHECK_FIELD(structure, field, offset, size)                                       \
  static_assert(                                                                          \
      offsetof(structure, field) == (offset) && sizeof(((structure*)0)->field) == (size), \
      #structure "." #field)
