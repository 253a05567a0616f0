# libesent: the shared library, the merged static archive, and what other projects need of them.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# Stubs, names without a suffix and the exports are made from one table, engine/api/surface.def.
set(surface_dir ${PROJECT_BINARY_DIR}/surface)
file(MAKE_DIRECTORY ${surface_dir})
file(GLOB surface_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/esent/functions_*.h)
set(surface_script ${PROJECT_SOURCE_DIR}/tools/api_surface.py)
foreach(part source:surface.cc exports:esent.map)
  string(REPLACE ":" ";" part ${part})
  list(GET part 0 what)
  list(GET part 1 file)
  add_custom_command(
    OUTPUT ${surface_dir}/${file}
    COMMAND Python3::Interpreter ${surface_script} ${what} --output ${surface_dir}/${file}
    DEPENDS ${surface_script} ${PROJECT_SOURCE_DIR}/engine/api/surface.def ${surface_headers}
    COMMENT "Making ${file} from engine/api/surface.def")
endforeach()
add_custom_target(contrail_exports DEPENDS ${surface_dir}/esent.map)

# The whole API as one archive for programs inside the build: tests, tools, benchmarks.
add_library(contrail_api STATIC ${surface_dir}/surface.cc)
target_link_libraries(contrail_api PUBLIC contrail_backup)

# Every object of every floor is in the shared library, whether anything refers to it or not.
add_library(esent SHARED ${surface_dir}/surface.cc)
add_library(contrail::contrail ALIAS esent)
add_dependencies(esent contrail_exports)
target_link_libraries(esent PRIVATE contrail_backup)
target_include_directories(esent PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(
  esent
  PROPERTIES VERSION ${PROJECT_VERSION}
             SOVERSION ${PROJECT_VERSION_MAJOR}
             EXPORT_NAME contrail
             LINK_DEPENDS ${surface_dir}/esent.map
             LINK_LIBRARY_OVERRIDE
             "WHOLE_ARCHIVE,contrail_backup,contrail_engine,contrail_log,contrail_storage")
target_link_options(esent PRIVATE LINKER:--version-script=${surface_dir}/esent.map)
# Instances have threads, and the registry of instances lives as long as the process: a program that
# unloads the library must not take their code away from under them.
target_link_options(esent PRIVATE LINKER:-z,nodelete)
if(NOT CONTRAIL_SANITIZE)
  target_link_options(esent PRIVATE LINKER:--no-undefined)
endif()

# libesent.a: the floors merged into one archive. The names that ar's script needs are target files.
set(static_archive ${PROJECT_BINARY_DIR}/libesent.a)
set(floor_archives contrail_api contrail_backup contrail_engine contrail_log contrail_storage)
set(merge_script "CREATE ${static_archive}\n")
foreach(floor ${floor_archives})
  string(APPEND merge_script "ADDLIB $<TARGET_FILE:${floor}>\n")
endforeach()
file(GENERATE OUTPUT ${surface_dir}/merge.mri CONTENT "${merge_script}SAVE\nEND\n")
add_custom_command(
  OUTPUT ${static_archive}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${static_archive}
  COMMAND ${CMAKE_AR} -M < ${surface_dir}/merge.mri
  DEPENDS ${floor_archives}
  COMMENT "Merging libesent.a")
add_custom_target(esent_static ALL DEPENDS ${static_archive})

include(contrail_install)
