#include "emulator/restore.h"

#include <string>
#include <utility>

#include "emulator/public_types.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock {

namespace {

constexpr std::string_view kFile = "the file", kSnapshot = "the snapshot";  // as messages of the reader call it

}  // namespace

void refuse_snapshot(json_text::Document& document) {
  auto& problems = document.problems();
  json_text::limit_problems(problems, document.omitted_problems());
  if (problems.empty()) return;
  std::string message;
  for (auto& problem : problems) {
    if (const auto at = problem.message.find(kFile); at != std::string::npos)
      problem.message.replace(at, kFile.size(), kSnapshot);
    message += (message.empty() ? "" : "\n") + to_string(problem);
  }
  throw SnapshotError(message);
}

control::Snapshot read_snapshot(json_text::Document& document) {
  if (document.text().size() > control::kMaxSnapshot)
    throw SnapshotError("the snapshot is larger than " + std::to_string(control::kMaxSnapshot / base::kMegabyte) +
                        " MB");
  document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth);
  json_text::report_syntax_errors(document);
  refuse_snapshot(document);
  auto snapshot = control::read_snapshot(document.root());
  refuse_snapshot(document);
  return *std::move(snapshot);
}

}  // namespace enrichment_mock
