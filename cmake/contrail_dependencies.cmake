# Third-party libraries, all from Debian packages (docs/dependencies.md gives the reason for each).
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBICU REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
pkg_check_modules(LIBURING REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(LIBLZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(LIBXXHASH REQUIRED IMPORTED_TARGET libxxhash)

add_library(contrail_third_party INTERFACE)
target_link_libraries(
  contrail_third_party
  INTERFACE Threads::Threads
            absl::base
            absl::flat_hash_map
            absl::flat_hash_set
            absl::inlined_vector
            absl::span
            absl::str_format
            absl::strings
            absl::synchronization
            absl::time
            PkgConfig::LIBICU
            PkgConfig::LIBURING
            PkgConfig::LIBLZ4
            PkgConfig::LIBXXHASH)
