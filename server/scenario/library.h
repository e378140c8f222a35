// The loaded scenarios by name, and which of them an API key gets (design: "One team, one world").
// Immutable once built, so that it can be shared by all threads.
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
  std::string identity;  // equal for keys of the same team, else different
  std::string name;      // as the file names it; empty: a team of the key's own
  std::optional<std::int64_t> credits;
};

// Why a key opens none, in words for the client.
struct KeyRejected {
  std::string reason;
  std::shared_ptr<const Scenario> scenario;  // whose answer it is
};

class Library {
 public:
  using Source = std::pair<std::string, Scenario>;  // file, as messages should name it, and what it says

  // Later scenarios replace earlier ones of the same name. Problems: one key listed under teams of two files; it is the
  // later one's.
  static std::variant<Library, std::vector<Problem>> build(std::vector<Source> sources, std::string default_name);

  // The same with scenarios more, or others of their names, put in together: those that a problem names, by their file,
  // are left out.
  struct Extended;
  Extended with(std::vector<Source> sources) const;

  std::variant<TeamRoute, KeyRejected> route(std::string_view api_key) const;

  std::shared_ptr<const Scenario> find(std::string_view name) const;  // null: not loaded
  std::shared_ptr<const Scenario> default_scenario() const { return default_; }
  const std::map<std::string, std::shared_ptr<const Scenario>, std::less<>>& all() const { return by_name_; }

  // Masks the keys that the scenarios list.
  base::KeyMasker masker() const;

 private:
  struct Listed {
    std::shared_ptr<const Scenario> scenario;
    std::size_t team;
  };
  using Loaded = std::pair<std::string, std::shared_ptr<const Scenario>>;  // file, and what it says
  void add(Loaded loaded);
  std::vector<Problem> conflicts() const;
  void index_keys();
  std::map<std::string, std::string, std::less<>> files_;  // by scenario name
  std::vector<std::string> order_;                         // the names, as they were added
  std::map<std::string, std::shared_ptr<const Scenario>, std::less<>> by_name_;
  std::map<std::string, Listed, std::less<>> by_key_;
  std::shared_ptr<const Scenario> default_;
};

struct Library::Extended {
  Library library;
  std::vector<Problem> problems;
};

// What is wrong with scenario files together, though each may be right by itself. It is always the later one's problem.

// A file, as messages should name it, and as much of it as could be read.
struct Member {
  std::string_view file;
  const Scenario* scenario;
};

// Two files of one scenario's name: one of them would silently be left out.
std::vector<Problem> name_conflicts(std::span<const Member> members);

// One API key under teams of two scenarios.
std::vector<Problem> key_conflicts(std::span<const Member> members);

// Scenario files in a directory.

// The *.json in a directory, in order of their names, but for hidden ones and the schema (scenario.schema.json). What
// turns out not to be readable, such as a link that leads nowhere, is among them, so that whoever reads it says so;
// folders, pipes and devices are not. Nothing if the directory cannot be read.
std::optional<std::vector<std::string>> files_in(const std::string& directory);

// Whether two paths lead to one file.
bool same_file(const std::string& a, const std::string& b);

}  // namespace enrichment_mock::scenario
