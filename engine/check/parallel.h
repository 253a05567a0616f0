// Work that a check does on all processors at once.

#pragma once

#include <functional>
#include <vector>

namespace contrail {

// Runs the tasks, several at a time, the calling thread among them; returns when all are done.
// Tasks are begun in their order. They share nothing but what they were made to share.
void RunTasks(const std::vector<std::function<void()>>& tasks);

// How many run at a time.
unsigned TaskThreads();

}  // namespace contrail
