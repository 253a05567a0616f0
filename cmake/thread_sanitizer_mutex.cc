// What the thread sanitizer has to be told of absl::Mutex and absl::Notification: Debian's library
// is built without it, so it would see no order between an unlock and the lock that follows, and
// take everything that they guard for a race. The linker sends the calls of our objects here
// (cmake/contrail_compile_options.cmake); in other builds the file is not compiled.

#include <absl/synchronization/notification.h>
#include <sanitizer/tsan_interface.h>

using absl::Condition;
using absl::Duration;
using absl::Mutex;
using absl::Notification;

// The linker's names: __real_X is X of the library, __wrap_X what callers of X get.
#define CONTRAIL_REAL(name) asm("__real_" name)
#define CONTRAIL_WRAP(name) asm("__wrap_" name)
#define CONTRAIL_MUTEX "_ZN4absl7debian35Mutex"
#define CONTRAIL_NOTIFICATION "_ZN4absl7debian312Notification"
#define CONTRAIL_WAIT "_ZNK4absl7debian312Notification"

void RealLock(Mutex*) CONTRAIL_REAL(CONTRAIL_MUTEX "4LockEv");
void RealUnlock(Mutex*) CONTRAIL_REAL(CONTRAIL_MUTEX "6UnlockEv");
bool RealTryLock(Mutex*) CONTRAIL_REAL(CONTRAIL_MUTEX "7TryLockEv");
void RealReaderLock(Mutex*) CONTRAIL_REAL(CONTRAIL_MUTEX "10ReaderLockEv");
void RealReaderUnlock(Mutex*) CONTRAIL_REAL(CONTRAIL_MUTEX "12ReaderUnlockEv");
void RealAwait(Mutex*, const Condition&) CONTRAIL_REAL(CONTRAIL_MUTEX "5AwaitERKNS0_9ConditionE");
bool RealAwaitFor(Mutex*, const Condition&, Duration)
    CONTRAIL_REAL(CONTRAIL_MUTEX "16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
void RealNotify(Notification*) CONTRAIL_REAL(CONTRAIL_NOTIFICATION "6NotifyEv");
void RealWait(const Notification*) CONTRAIL_REAL(CONTRAIL_WAIT "19WaitForNotificationEv");
bool RealWaitFor(const Notification*, Duration)
    CONTRAIL_REAL(CONTRAIL_WAIT "30WaitForNotificationWithTimeoutENS0_8DurationE");

void WrapLock(Mutex*) CONTRAIL_WRAP(CONTRAIL_MUTEX "4LockEv");
void WrapUnlock(Mutex*) CONTRAIL_WRAP(CONTRAIL_MUTEX "6UnlockEv");
bool WrapTryLock(Mutex*) CONTRAIL_WRAP(CONTRAIL_MUTEX "7TryLockEv");
void WrapReaderLock(Mutex*) CONTRAIL_WRAP(CONTRAIL_MUTEX "10ReaderLockEv");
void WrapReaderUnlock(Mutex*) CONTRAIL_WRAP(CONTRAIL_MUTEX "12ReaderUnlockEv");
void WrapAwait(Mutex*, const Condition&) CONTRAIL_WRAP(CONTRAIL_MUTEX "5AwaitERKNS0_9ConditionE");
bool WrapAwaitFor(Mutex*, const Condition&, Duration)
    CONTRAIL_WRAP(CONTRAIL_MUTEX "16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
void WrapNotify(Notification*) CONTRAIL_WRAP(CONTRAIL_NOTIFICATION "6NotifyEv");
void WrapWait(const Notification*) CONTRAIL_WRAP(CONTRAIL_WAIT "19WaitForNotificationEv");
bool WrapWaitFor(const Notification*, Duration)
    CONTRAIL_WRAP(CONTRAIL_WAIT "30WaitForNotificationWithTimeoutENS0_8DurationE");

void WrapLock(Mutex* mutex) {
  RealLock(mutex);
  __tsan_acquire(mutex);
}
void WrapUnlock(Mutex* mutex) {
  __tsan_release(mutex);
  RealUnlock(mutex);
}
bool WrapTryLock(Mutex* mutex) {
  const bool locked = RealTryLock(mutex);
  if (locked) __tsan_acquire(mutex);
  return locked;
}
void WrapReaderLock(Mutex* mutex) {
  RealReaderLock(mutex);
  __tsan_acquire(mutex);
}
void WrapReaderUnlock(Mutex* mutex) {
  __tsan_release(mutex);
  RealReaderUnlock(mutex);
}
// They give the mutex up while they wait. The condition is asked by whoever has it.
void WrapAwait(Mutex* mutex, const Condition& condition) {
  __tsan_release(mutex);
  RealAwait(mutex, condition);
  __tsan_acquire(mutex);
}
bool WrapAwaitFor(Mutex* mutex, const Condition& condition, Duration timeout) {
  __tsan_release(mutex);
  const bool met = RealAwaitFor(mutex, condition, timeout);
  __tsan_acquire(mutex);
  return met;
}
void WrapNotify(Notification* notification) {
  __tsan_release(notification);
  RealNotify(notification);
}
void WrapWait(const Notification* notification) {
  RealWait(notification);
  __tsan_acquire(const_cast<Notification*>(notification));
}
bool WrapWaitFor(const Notification* notification, Duration timeout) {
  const bool notified = RealWaitFor(notification, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(notification));
  return notified;
}
