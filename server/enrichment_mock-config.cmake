# Installed for find_package(enrichment_mock CONFIG): the libraries that a program must link with ours, then the
# library itself.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(OpenSSL)
find_dependency(SQLite3)

include(${CMAKE_CURRENT_LIST_DIR}/enrichment_mock-targets.cmake)
