// The loaded scenarios by name, and which scenario and team an API key opens. Immutable, so that all threads can share
// it.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scenario/loader.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

// The team that a key opens.
struct TeamRoute {
  std::shared_ptr<const Scenario> scenario;
  std::string identity;  // equal if and only if two keys open the same team
  std::string name;      // from the file; empty: the key has its own team
  std::optional<std::int64_t> credits;
};

// Why a key opens no team.
struct KeyRejected {
  std::string reason;                        // message for the client
  std::shared_ptr<const Scenario> scenario;  // its `errors` apply to the response
};

class Library {
 public:
  using Source = std::pair<std::string, Scenario>;  // file name for messages, and its scenario

  // A later scenario replaces an earlier one of the same name. Problems: a key that is listed in two files (the problem
  // names the later file), or no scenario named `default_name`.
  static std::variant<Library, std::vector<Problem>> build(std::vector<Source> sources, std::string default_name);

  // A library with these scenarios added; a scenario replaces one of the same name. A file with a problem is left out.
  struct Extended;
  Extended with(std::vector<Source> sources) const;

  std::variant<TeamRoute, KeyRejected> route(std::string_view api_key) const;

  std::shared_ptr<const Scenario> find(std::string_view name) const;  // null: not loaded
  std::shared_ptr<const Scenario> default_scenario() const { return default_; }
  const std::map<std::string, std::shared_ptr<const Scenario>, std::less<>>& all() const { return by_name_; }

  // Masks the keys that are listed in the scenarios.
  base::KeyMasker masker() const;

 private:
  struct Listed {
    std::shared_ptr<const Scenario> scenario;
    std::size_t team;
  };
  using Loaded = std::pair<std::string, std::shared_ptr<const Scenario>>;  // file, and its scenario
  void add(Loaded loaded);
  std::vector<Problem> conflicts() const;
  void index_keys();
  std::map<std::string, std::string, std::less<>> files_;  // by scenario name
  std::vector<std::string> order_;                         // the names, in the order of addition
  std::map<std::string, std::shared_ptr<const Scenario>, std::less<>> by_name_;
  std::map<std::string, Listed, std::less<>> by_key_;
  std::shared_ptr<const Scenario> default_;
};

struct Library::Extended {
  Library library;
  std::vector<Problem> problems;
};

// Conflicts between scenario files that are valid by themselves. The problem always names the later file.

// A file name for messages, and the part of the scenario that could be read.
struct Member {
  std::string_view file;
  const Scenario* scenario;
};

// Two files whose scenarios have the same name: one would silently be ignored.
std::vector<Problem> name_conflicts(std::span<const Member> members);

// An API key that is listed in two scenarios.
std::vector<Problem> key_conflicts(std::span<const Member> members);

// Scenario files in a directory.

// The *.json files in a directory, sorted by name, except hidden files and the schema (scenario.schema.json).
// Unreadable entries, such as a broken link, are included, so that loading reports them. Folders, pipes and devices are
// not included. Empty if the directory cannot be read.
std::optional<std::vector<std::string>> files_in(const std::string& directory);

// Whether two paths refer to the same file.
bool same_file(const std::string& a, const std::string& b);

}  // namespace enrichment_mock::scenario
