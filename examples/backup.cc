// Backs up the database of examples/embed.cc while it is open, changes it, and restores the backup.
#include <contrail/backup.hpp>
#include <contrail/db.hpp>
#include <cstdio>

// Other sessions go on writing. In force, and on the disk, when it returns.
static void back_up(const contrail::Instance& instance, const char* path) {
  contrail::FileSink sink(path);
  const auto summary = contrail::backup(instance.handle(), sink);
  std::printf("%llu bytes, logs %u to %u\n", static_cast<unsigned long long>(summary.bytes),
              summary.generation_low, summary.generation_high);
}

static void bring_back(const char* path, const char* folder) {
  contrail::FileSource source(path);
  for (const std::string& database : contrail::restore(source, {.folder = folder})) {
    std::printf("restored %s\n", database.c_str());
  }
}

static bool has_row(const char* folder, int64_t id) {
  contrail::Instance instance(folder);
  contrail::Session session(instance);
  contrail::Database database(session, std::string(folder) + "data.edb");
  return database.open_table("numbers").seek(id);
}

int main() {
  try {
    contrail::Instance instance("example/");
    contrail::Session session(instance);
    contrail::Database database(session, "example/data.edb");
    back_up(instance, "example/monday.tar");
    contrail::Table numbers = database.open_table("numbers");
    numbers.insert().set("id", int64_t{43}).save();
    bring_back("example/monday.tar", "example/restored/");
    return has_row("example/restored/", 42) && !has_row("example/restored/", 43) ? 0 : 1;
  } catch (const contrail::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
