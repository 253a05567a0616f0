# Installation: libraries, headers, find_package(contrail) and esent.pc.
include(CMakePackageConfigHelpers)

install(TARGETS esent EXPORT contrail_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_BINARY_DIR}/libesent.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_SOURCE_DIR}/include/esent.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(
  DIRECTORY ${PROJECT_SOURCE_DIR}/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING
  PATTERN "esent/*.h"
  PATTERN "contrail/*.hpp")

# What a program that links libesent.a links besides: pkg-config modules and plain libraries.
set(CONTRAIL_STATIC_MODULES
    "absl_base absl_flat_hash_map absl_flat_hash_set absl_inlined_vector absl_span absl_str_format \
absl_strings absl_synchronization absl_time icu-i18n icu-uc liburing liblz4 libxxhash")
set(CONTRAIL_STATIC_LIBRARIES "-lstdc++ -lm -lpthread")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/contrail)
install(
  EXPORT contrail_targets
  NAMESPACE contrail::
  DESTINATION ${package_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/contrail-config.cmake.in ${PROJECT_BINARY_DIR}/contrail-config.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/contrail-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/contrail-config.cmake
              ${PROJECT_BINARY_DIR}/contrail-config-version.cmake DESTINATION ${package_dir})

# Relative to the file, so that an installed tree can be moved.
file(RELATIVE_PATH CONTRAIL_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/esent.pc.in ${PROJECT_BINARY_DIR}/esent.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/esent.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
