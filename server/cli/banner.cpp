#include "cli/banner.h"

#include <unistd.h>

namespace enrichment_mock::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kPlain = "\x1b[0m";

std::string row(std::string_view name, std::string_view value, bool coloured) {
  std::string text = "  ";
  (coloured ? (text += kDim) += name : text += name) += coloured ? kPlain : "";
  text.append(11 - name.size(), ' ');
  (coloured ? (text += kBold) += value : text += value) += coloured ? kPlain : "";
  return text + "\n";
}

}  // namespace

std::string banner_text(const Banner& banner, bool coloured) {
  return "\n" + row("API", banner.url + "/v1/api/enrichment", coloured) +
         row("Dashboard", banner.url + "/__admin/", coloured) + row("Scenario", banner.scenario, coloured) +
         row("Stop", "Ctrl+C", coloured) + "\n";
}

bool shows_banner(const LogSettings& log) { return log.format != LogFormat::json && ::isatty(STDERR_FILENO) != 0; }

}  // namespace enrichment_mock::cli
