# Warnings and sanitizers shared by every target of the project.
add_library(contrail_options INTERFACE)
target_compile_options(contrail_options INTERFACE -Wall -Wextra -Werror -fno-omit-frame-pointer)
# Line tables are what a backtrace needs; full debug information doubles the time of a debug build.
target_compile_options(contrail_options INTERFACE $<$<CONFIG:Debug>:-g1>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # With optimisation GCC 12 reports strings of its own library (GCC bugs 105329, 105651) and values
  # of std::optional that are read only when they are there. Clang checks the same code.
  target_compile_options(
    contrail_options INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict
                               -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # 16-byte compare and CRC/POPCNT are on every x86-64 server of the last fifteen years.
  target_compile_options(contrail_options INTERFACE -msse4.2 -mpopcnt)
endif()
if(CONTRAIL_SANITIZE STREQUAL "address")
  # The vptr check opens a pipe for every object it has not seen, and takes a process that has no
  # file handles left, as some tests make it, for a broken object.
  target_compile_options(contrail_options INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr
                                                    -fno-sanitize-recover=undefined)
  target_link_options(contrail_options INTERFACE -fsanitize=address,undefined)
elseif(CONTRAIL_SANITIZE STREQUAL "thread")
  target_compile_options(contrail_options INTERFACE -fsanitize=thread)
  target_link_options(contrail_options INTERFACE -fsanitize=thread)
  # cmake/thread_sanitizer_mutex.cc
  add_library(contrail_thread_sanitizer STATIC ${CMAKE_CURRENT_LIST_DIR}/thread_sanitizer_mutex.cc)
  target_compile_features(contrail_thread_sanitizer PRIVATE cxx_std_20)
  target_compile_options(contrail_thread_sanitizer PRIVATE -fsanitize=thread)
  set_target_properties(contrail_thread_sanitizer PROPERTIES POSITION_INDEPENDENT_CODE ON
                                                             CXX_VISIBILITY_PRESET default)
  target_link_libraries(contrail_thread_sanitizer PRIVATE absl::synchronization)
  foreach(method 4LockEv 6UnlockEv 7TryLockEv 10ReaderLockEv 12ReaderUnlockEv
                 5AwaitERKNS0_9ConditionE
                 16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)
    target_link_options(contrail_options INTERFACE LINKER:--wrap=_ZN4absl7debian35Mutex${method})
  endforeach()
  target_link_options(
    contrail_options INTERFACE LINKER:--wrap=_ZN4absl7debian312Notification6NotifyEv)
  foreach(method 19WaitForNotificationEv 30WaitForNotificationWithTimeoutENS0_8DurationE)
    target_link_options(
      contrail_options INTERFACE LINKER:--wrap=_ZNK4absl7debian312Notification${method})
  endforeach()
  target_link_libraries(contrail_options INTERFACE contrail_thread_sanitizer)
  # ld takes the calls within Abseil for calls of the wrappers, too; they stay what they are.
  target_link_options(contrail_options INTERFACE LINKER:--allow-shlib-undefined)
elseif(CONTRAIL_SANITIZE STREQUAL "coverage")
  target_compile_options(contrail_options INTERFACE --coverage)
  target_link_options(contrail_options INTERFACE --coverage)
endif()
