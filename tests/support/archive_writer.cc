#include "tests/support/archive_writer.h"

#include <contrail/backup.hpp>

namespace contrail::test {

int WriteArchives(const std::string& live, const std::string& database, const std::string& to) {
  try {
    Instance instance(live);
    Session session(instance);
    Database opened(session, live + "/" + database);
    FileSink full(to + "/full.tar");
    backup(instance.handle(), full);
    FileSink incremental(to + "/incremental.tar");
    backup(instance.handle(), incremental, {.incremental = true});
    return 0;
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace contrail::test
