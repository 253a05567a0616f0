# The command line tool. Everything but main() is a library, so that tests can call it.
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)

file(GLOB tool_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tools/*.cc
     ${CMAKE_CURRENT_SOURCE_DIR}/tools/demo/*.cc)
list(REMOVE_ITEM tool_sources ${CMAKE_CURRENT_SOURCE_DIR}/tools/main.cc)
add_library(contrail_tool STATIC ${tool_sources})
target_link_libraries(contrail_tool PUBLIC contrail_api CLI11::CLI11 nlohmann_json::nlohmann_json)

add_executable(contrail ${CMAKE_CURRENT_SOURCE_DIR}/tools/main.cc)
target_link_libraries(contrail PRIVATE contrail_tool)
install(TARGETS contrail RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
