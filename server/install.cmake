# `cmake --install` installs the program, the shipped scenarios as examples, the library with its
# public header, and what find_package(enrichment_mock CONFIG) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS enrichment-mock)
install(FILES ${shipped_scenarios} ${PROJECT_SOURCE_DIR}/scenarios/scenario.schema.json
  ${PROJECT_SOURCE_DIR}/scenarios/README.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/enrichment-mock/scenarios)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS enrichment_mock EXPORT enrichment_mock INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/enrichment_mock)
install(EXPORT enrichment_mock NAMESPACE enrichment_mock:: FILE enrichment_mock-targets.cmake DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/enrichment_mock-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES enrichment_mock-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/enrichment_mock-config-version.cmake DESTINATION ${package})
