# Writes OUTPUT, which defines build_description(), unless it has the same content. COMMIT is the commit, or empty: then
# it is what Git says about ROOT, if that is the top folder of a clone, and else unknown.
if(NOT COMMIT AND GIT)
  execute_process(COMMAND ${GIT} -C ${ROOT} rev-parse --show-toplevel --short=12 HEAD
    OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(said MATCHES "^([^\n]+)\n([0-9a-f]+)$" AND CMAKE_MATCH_1 STREQUAL ROOT)
    set(COMMIT ${CMAKE_MATCH_2})
  endif()
endif()
string(SUBSTRING "${COMMIT}" 0 12 COMMIT)
if(NOT COMMIT)
  set(COMMIT unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "cli/build_description.h"

namespace enrichment_mock::cli {

std::string_view build_description() { return "commit @COMMIT@, @COMPILER@"; }

}  // namespace enrichment_mock::cli
]])
