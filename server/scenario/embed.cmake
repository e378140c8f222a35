# Writes OUTPUT, the C++ source of the shipped scenarios, from FILES. Run by the build, see server/CMakeLists.txt.
set(entries "")
foreach(file IN LISTS FILES)
  file(READ ${file} text)
  get_filename_component(stem ${file} NAME_WE)
  string(APPEND entries "    {\"${stem}\", R\"json~(${text})json~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"scenario/shipped.h\"

namespace enrichment_mock::scenario {

std::span<const ShippedFile> shipped_files() {
  static constexpr ShippedFile files[] = {
${entries}  };
  return files;
}

}  // namespace enrichment_mock::scenario
")
