#include "api/nearest_route.h"

#include <algorithm>
#include <array>

#include "engine/id.h"
#include "scenario/suggest.h"

namespace enrichment_mock::api {

namespace {

constexpr std::size_t kMostEdits = 8;  // such as a version or a plural that is wrong

std::string suggestion(std::string_view path) { return "; did you mean " + std::string(path) + "?"; }

}  // namespace

std::string nearest_route(std::string_view path) {
  constexpr std::array<std::string_view, 2> kRoutes = {kEnrichments, kCredits};
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto slash = std::min(path.rfind('/'), path.size());
  const auto before = path.substr(0, slash), id = path.substr(std::min(slash + 1, path.size()));
  if (before == kEnrichments) return suggestion(path);  // of a poll, and a slash too many
  if (const auto near = scenario::nearest(path, kRoutes, kMostEdits)) return suggestion(*near);
  constexpr std::array<std::string_view, 1> kPolls = {kEnrichments};
  if (!engine::parse_id(id) || !scenario::nearest(before, kPolls, kMostEdits)) return "";
  return suggestion(std::string(kEnrichments) + '/' + std::string(id));
}

}  // namespace enrichment_mock::api
