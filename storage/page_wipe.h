// What a page keeps besides its content: bytes of nodes that were moved, made shorter or removed,
// and the data of nodes that are flagged deleted. OperationKind::kWipe overwrites both.
//
// Thread rule: as PageView; under an optimistic guard the answers are provisional.

#pragma once

#include "storage/page_view.h"

namespace contrail {

// Whether bytes that belong to no node and no tag may hold anything. Zeros between nodes count:
// what is told apart is a page that has been wiped from one that has not.
bool HasLeftovers(const PageView& page);

// Whether a node of the line is flagged deleted and has data that is not zero, in a tree whose
// order does not depend on the data.
bool HasDeletedData(const PageView& page, const NodeView& node);
bool HasDeletedData(const PageView& page);

// An emptied page with nothing but zeros behind its header.
bool IsBlank(const PageView& page);

}  // namespace contrail
