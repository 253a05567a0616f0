// Finding leaves: from the root down, and sideways along a level, without latching anything.
//
// Invariants
// 1. A child's guard is made before its parent's guard is validated: at that moment the parent did
// name
//    the child, and whatever happens to the child later invalidates the child's own guard.
// 2. Nothing seen is believed before the guard it was seen under has validated. Damage is only
//    reported for validated pages, so a torn look never raises an alarm.
// 3. Descents end: levels are bounded (kMaxTreeDepth), and restarts happen only when a page
// changed.

#pragma once

#include "storage/tree.h"

namespace contrail {

// Far above any real tree: 5 levels of the smallest fan-out in use hold more than a file can.
inline constexpr uint32_t kMaxTreeDepth = 16;

// Which leaf a descent looks for.
enum class Aim : uint8_t {
  kBookmark,  // The one that holds, or would hold, key ++ data.
  kAfterKey,  // The one where the first node with a key greater than `key` is or would be.
  kLast,      // The rightmost.
};

// Gives an unvalidated guard on the leaf. Page errors, kDatabaseCorrupted, kBadPageLink.
Status FindLeaf(const Tree& tree, Aim aim, Bytes key, Bytes data, ReadGuard* leaf);

// First line of a page whose key is greater than `key`, whatever its data. On an internal page: the
// line of the child in whose range that place lies.
uint32_t LineAfterKey(const PageView& page, Bytes key);

enum class Neighbour : uint8_t { kMoved, kNone, kChanged };
// Exchanges *leaf for its right (or left) neighbour. kChanged: start again, *leaf is of no use.
Result<Neighbour> MoveToNextLeaf(const Tree& tree, ReadGuard* leaf);
Result<Neighbour> MoveToPreviousLeaf(const Tree& tree, ReadGuard* leaf);

// Whether a page can belong to the tree (not to its space trees). Nothing is reported.
bool IsPageOfTree(const PageView& page, ObjectId object_id);

}  // namespace contrail
