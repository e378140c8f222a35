# Installed for find_package(enrichment_mock CONFIG): what a program that links the library links with it, then the
# library itself.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(OpenSSL)
find_dependency(PkgConfig)

# Not by find_dependency, for pkg-config's packages are no packages of CMake's. The name is the one that the library was
# linked by.
if(NOT TARGET PkgConfig::httplib)
  pkg_check_modules(httplib QUIET IMPORTED_TARGET cpp-httplib)
endif()
if(NOT TARGET PkgConfig::httplib)
  set(enrichment_mock_FOUND FALSE)
  set(enrichment_mock_NOT_FOUND_MESSAGE "pkg-config finds no cpp-httplib, which enrichment_mock is linked with")
  return()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/enrichment_mock-targets.cmake)
