// Scheduling of the threads on which a backup computes.
//
// A commit is a chain of short runs: a session wakes, copies a record, waits for the disk, wakes
// the next one. Beside a thread that computes without a pause, at the same priority, each wake-up
// waits until the scheduler has let that thread finish its slice, which is milliseconds for what
// needs microseconds; with as many such threads as processors, commits fall to a tenth. A thread
// that stands behind them gives way at once, and has what they leave, which is nearly everything.

#pragma once

namespace contrail {

// Lowers the calling thread for good: a lower share when the processors are busy, and a long slice,
// so that whoever wakes up comes first. A thread with a real-time or another special policy stays
// as it is, and so does one that the system does not let be changed. Never for a thread that others
// wait for, holding a latch or a lock.
void StandBehindCommits();

}  // namespace contrail
