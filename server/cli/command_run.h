// A mock for one run of a command, in this process, and what the command has done there: for exec and audit.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/guardian.h"
#include "cli/log.h"
#include "cli/report.h"
#include "cli/settings.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

class CommandRun {
 public:
  // Starts the mock of the settings, and opens a team in its default scenario. The team's key is NAME.PURPOSE-RANDOM,
  // or the first key that the scenario lists if it accepts no other. Throws like start_emulator.
  CommandRun(const Settings& settings, std::string_view purpose);

  // The settings' command, with the variables that tell it where the mock is and which key to use.
  Program program() const;

  const std::string& scenario() const { return scenario_; }

  // Waits until the lookups and callbacks of the team have ended, at most that long.
  void settle(std::chrono::milliseconds timeout);

  // Compares what the team did with `expect` of its scenario.
  ReportedCheck check() const;
  ReportedCheck unchecked(std::string_view why) const;

  // What the client has done wrong, which makes no more calls. `by_itself`: false if it was stopped, so that what it
  // has not done says nothing about it.
  Advice advice(bool by_itself) const { return team_.advice({.client_has_ended = by_itself}); }

  // Everything in the mock as JSON.
  std::string snapshot() const { return emulator_->snapshot(); }

  // What a person needs to find out what went wrong: the last calls of the team with reasons and the nearest rules, the
  // calls with other keys, and callbacks that were not delivered. From a snapshot of this mock.
  std::string story(std::string_view snapshot) const;

 private:
  Log log_;
  const std::unique_ptr<Emulator> emulator_;
  const std::string scenario_, key_;
  Team team_;
  const Settings& settings_;
  std::string url_;
};

// Whether a finding is that severe, or nothing can be said.
bool is_severe(const Advice& advice, Severity severity);

// A line about processes that a guardian could not end.
std::string others_left(std::size_t count);

// The command as one line of limited length: "npm test 'two words'".
std::string shown_command(const std::vector<std::string>& words);

}  // namespace enrichment_mock::cli
