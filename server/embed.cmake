# Writes OUTPUT, the C++ source of FUNCTION, which HEADER declares in NAMESPACE, from FILES. Run by the build, see
# server/CMakeLists.txt.
set(entries "")
foreach(file IN LISTS FILES)
  file(READ ${file} text)
  get_filename_component(stem ${file} NAME_WE)
  get_filename_component(extension ${file} LAST_EXT)
  string(APPEND entries "    {\"${stem}\", R\"text~(${text})text~\"sv, \"${extension}\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

// Every compiler takes a literal of any length; Clang, pedantic, warns of those that the standard does not demand.
#pragma GCC diagnostic ignored \"-Woverlength-strings\"

namespace ${NAMESPACE} {

using namespace std::string_view_literals;  // compilers do not count the characters of a long literal

std::span<const base::EmbeddedFile> ${FUNCTION}() {
  static constexpr base::EmbeddedFile files[] = {
${entries}  };
  return files;
}

}  // namespace ${NAMESPACE}
")
