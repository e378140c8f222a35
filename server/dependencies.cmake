# The project's dependencies: the system's packages, or for a missing package a pinned release that CMake
# fetches. With -DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=NEVER all are fetched; without a network,
# FETCHCONTENT_SOURCE_DIR_HTTPLIB and similar variables name a folder with the source.
include(FetchContent)

if(ENRICHMENT_MOCK_STATIC)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
# Global, because a project that adds this one as a folder links them through our library.
find_package(Threads REQUIRED GLOBAL)
find_package(OpenSSL REQUIRED GLOBAL)
find_package(SQLite3 REQUIRED GLOBAL)
if(ENRICHMENT_MOCK_STATIC)
  # What OpenSSL is linked with if it has been built with zstd, which CMake does not know.
  find_library(ZSTD zstd)
  if(ZSTD)
    set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${ZSTD})
  endif()
endif()

# A header-only library, as a target. Its own build is not run, because old releases refuse a current CMake.
function(need_headers name target folder url sha256)
  if(TARGET ${target})
    return()
  endif()
  FetchContent_Declare(${name} URL ${url} URL_HASH SHA256=${sha256} SOURCE_SUBDIR not-built ${ARGN})
  FetchContent_MakeAvailable(${name})
  if(TARGET ${target})
    return()  # a package had it
  endif()
  message(STATUS "Using ${name} from ${${name}_SOURCE_DIR}")
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${${name}_SOURCE_DIR}/${folder})
endfunction()

need_headers(nlohmann_json nlohmann_json::nlohmann_json include
  https://github.com/nlohmann/json/archive/refs/tags/v3.11.3.tar.gz
  0d8ef5af7f9794e3263480193c491549b2ba6cc74bb018906202ada498a79406
  FIND_PACKAGE_ARGS QUIET GLOBAL)
need_headers(cxxopts cxxopts::cxxopts include
  https://github.com/jarro2783/cxxopts/archive/refs/tags/v3.2.1.tar.gz
  841f49f2e045b9c6365997c2a8fbf76e6f215042dda4511a5bb04bc5ebc7f88a
  FIND_PACKAGE_ARGS QUIET GLOBAL)
if(ENRICHMENT_MOCK_TESTS)
  need_headers(doctest doctest::doctest .
    https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
    632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186
    FIND_PACKAGE_ARGS QUIET GLOBAL)
endif()

# The HTTP client of the program and of the tests; the library does not use it. It is looked for with pkg-config,
# which has the definitions with which a distribution compiled it. If it is fetched, it is header-only: distributions have
# it only as a shared library.
if(NOT TARGET httplib::httplib AND NOT ENRICHMENT_MOCK_STATIC AND NOT FETCHCONTENT_TRY_FIND_PACKAGE_MODE STREQUAL "NEVER")
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(httplib QUIET IMPORTED_TARGET GLOBAL cpp-httplib)
  endif()
  if(TARGET PkgConfig::httplib)
    add_library(httplib::httplib ALIAS PkgConfig::httplib)
  endif()
endif()
if(NOT TARGET httplib::httplib)
  need_headers(httplib httplib::httplib .
    https://github.com/yhirose/cpp-httplib/archive/refs/tags/v0.18.7.tar.gz
    b7b1e9e4e77565a5a9bc95e761d5df3e7c0e8ca37c90fd78b1b031bc6cb90fc1)
  target_compile_definitions(httplib::httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
  target_link_libraries(httplib::httplib INTERFACE OpenSSL::SSL Threads::Threads)
endif()
