// Makes a database with one table, commits a row to it and reads the row back.
#include <contrail/db.hpp>
#include <cstdio>

int main() {
  try {
    contrail::Instance instance("example/");  // recovers first if the last run was cut short
    contrail::Session session(instance);
    contrail::Database database(session, "example/data.edb", /*create=*/true);
    contrail::Table numbers = database.create_table(
        "numbers", {{"id"}, {"name", contrail::Kind::text}}, /*primary_key=*/"+id");

    contrail::Transaction transaction(session);  // rolled back unless it is committed
    numbers.insert().set("id", int64_t{42}).set("name", std::string("forty-two")).save();
    transaction.commit();  // returns when the row is on the disk

    if (!numbers.seek(int64_t{42})) return 1;
    std::printf("read back %s\n", numbers.get<std::string>("name")->c_str());
    return 0;
  } catch (const contrail::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
