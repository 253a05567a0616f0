// How an instance is set up. engine/api/parameter_options.h fills it in from JET parameters.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/sort_order_choice.h"

namespace contrail {

struct InstanceOptions {
  std::string name;
  std::string display_name;
  std::string system_path = "./";     // Checkpoint and double-write file. Ends with a slash.
  std::string log_path = "./";        // Log files. Ends with a slash.
  std::string temporary_path = "./";  // Temporary database. Ends with a slash.
  std::string base_name = "edb";
  std::string alternate_recovery_path;  // Empty: databases are recovered at their logged paths.
  // Databases that recovery finds elsewhere than where the log says: logged path to actual path. It
  // goes before alternate_recovery_path.
  std::map<std::string, std::string> recovery_paths;
  // Not empty: recovery knows databases by their signatures alone. It looks for them in this folder
  // and among the files that are named, never at their logged paths. It goes behind recovery_paths.
  std::string recovery_folder;  // Ends with a slash.
  std::vector<std::string> recovery_databases;
  // Recovery goes on without databases whose files are not there, instead of failing.
  bool recovery_leaves_out_missing = false;
  uint32_t page_size = 4096;
  uint64_t cache_bytes = 64 << 20;
  uint32_t log_generation_bytes = 5 << 20;
  uint32_t log_buffer_bytes = 4 << 20;
  uint64_t checkpoint_depth = 20 << 20;  // Bytes of log that recovery may have to replay.
  uint32_t extension_pages = 256;
  uint32_t max_sessions = 16;
  std::string sort_table_path;  // A copy of Windows' SortDefault.nls; empty: none.
  SortOrderChoice sort_order = SortOrderChoice::kAutomatic;
  bool circular_logging = false;
  // Most log that a running backup may keep from being deleted; then it is stopped. 0: no limit.
  uint64_t most_held_log_bytes = 0;
  // A full streaming backup overwrites what deletion has left behind (engine/database_scrub.h).
  bool scrub_during_backup = false;
  bool recovery = true;
  bool create_missing_folders = false;
  bool delete_out_of_range_logs = false;
  // Background work (cleanup, checkpoint, page writing, log flushing). Tests that crash at chosen
  // points switch it off and call Instance::RunMaintenance.
  bool background_threads = true;
};

}  // namespace contrail
