#include "upstream/compare.h"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "base/mask.h"
#include "base/text.h"
#include "base/url.h"
#include "upstream/outline.h"

namespace enrichment_mock::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kMockTimeout{60'000};
constexpr int kAttempts = 3;         // if upstream says that it is busy
constexpr int kMostLost = 3;         // requests without a response, one after the other
constexpr int kMostMockPolls = 100;  // a scenario may want some

// What both have answered to a question, and the polls of the lookups that it has begun.
struct Asked {
  HttpResult upstream = {}, mock = {};
  struct Polls {
    std::optional<HttpResponse> first = {}, last = {};
  };
  Polls upstream_polls = {}, mock_polls = {};
};

bool is_accepted(const HttpResult& result) { return result && result->status / 100 == 2; }

bool is_running(const HttpResponse& poll) {
  const auto status = text_member(poll, "status");
  return status == "pending" || status == "processing";
}

std::string credits_text(std::int64_t count) { return std::to_string(count) + (count == 1 ? " credit" : " credits"); }

std::optional<Outcome> outcome_of(const std::optional<HttpResponse>& poll) {
  const auto status = poll ? text_member(*poll, "status") : std::nullopt;
  if (status == "completed") return Outcome::completed;
  if (status == "not-found") return Outcome::not_found;
  if (status == "failed") return Outcome::failed;
  return std::nullopt;
}

std::string ended_as(const std::optional<HttpResponse>& poll) {
  const auto status = poll ? text_member(*poll, "status") : std::nullopt;
  return status ? "ended as " + base::printable(*status) : "has no status";
}

std::string path_of(std::string_view id) { return std::string(kEnrichmentPath) + "/" + std::string(id); }

HttpRequest get(std::string path, std::string_view key) {
  return {"GET", std::move(path), {{"User-Agent", user_agent("compare")}, {"x-api-key", std::string(key)}}, ""};
}

// The real API, at its pace, with the key masked in all responses.
class Upstream {
 public:
  explicit Upstream(const CompareOptions& options)
      : options_(options), client_(options.upstream), pace_(options.least_gap) {}

  // Waits and asks again if upstream is busy.
  HttpResult ask(const HttpRequest& request) {
    for (int attempt = 1;; ++attempt) {
      auto result = ask_once(request);
      const auto wait = result ? busy_for(*result.response) : std::nullopt;
      if (!wait || attempt == kAttempts) return result;
      std::this_thread::sleep_for(*wait);
    }
  }

  // For a request that may cost a credit: also one that is answered with 503 may have begun a lookup.
  HttpResult ask_once(const HttpRequest& request) {
    pace_.wait();
    return masked(client_.send(request));
  }

  std::optional<std::int64_t> balance() {
    const auto result = ask(get(std::string(kCreditsPath), options_.key));
    return is_accepted(result) ? balance_in(*result.response) : std::nullopt;
  }

 private:
  std::optional<std::chrono::seconds> busy_for(const HttpResponse& response) const {
    if (response.status != 429 && response.status != 503) return std::nullopt;
    const auto* given = response.header("Retry-After");
    if (!given) return std::nullopt;
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), seconds);
    if (error != std::errc{} || end != given->data() + given->size()) return std::nullopt;
    const std::chrono::seconds wait(seconds);
    return wait <= options_.longest_retry_after ? std::optional(wait) : std::nullopt;
  }

  HttpResult masked(HttpResult result) const {
    if (!result) return result;
    result.response->body = base::hide_key(result.response->body, options_.key);
    for (auto& [name, value] : result.response->headers) {
      name = base::hide_key(name, options_.key);
      value = base::hide_key(value, options_.key);
    }
    return result;
  }

  const CompareOptions& options_;
  const HttpClient client_;
  Pace pace_;
};

// The mock. Its lookups end as upstream's lookups do, and its clock goes as if its calls had upstream's pace.
class Mock {
 public:
  Mock(Options options, std::optional<std::int64_t> balance, milliseconds gap)
      : emulator_(with_balance(std::move(options), balance)),
        client_(HttpTarget{.url = emulator_.url(), .ca_file = {}, .timeout = kMockTimeout}),
        team_(open_team(emulator_)),
        gap_(gap) {}

  std::string scenario() const { return team_.scenario(); }
  std::int64_t balance() const { return team_.credits(); }

  HttpResult ask(const HttpRequest& request) {
    team_.advance(gap_);
    return client_.send(request);
  }

  void poll(std::string_view id, Asked::Polls& polls, std::optional<Outcome> outcome) {
    if (auto first = ask(get(path_of(id), kMockKey))) polls.first = polls.last = std::move(first.response);
    resolve(id, outcome);
    for (int i = 0; i < kMostMockPolls && polls.last && is_running(*polls.last); ++i)
      if (auto next = ask(get(path_of(id), kMockKey))) polls.last = std::move(next.response);
  }

 private:
  static Options with_balance(Options options, std::optional<std::int64_t> balance) {
    options.port = 0;
    options.manual_clock = true;
    if (balance && *balance >= 0) options.credits = std::min(*balance, base::kMaxCredits);
    return options;
  }

  static Team open_team(Emulator& emulator) {
    try {
      return emulator.team(kMockKey);
    } catch (const ArgumentError&) {
      throw ScenarioRefusesKey("the scenario " + emulator.default_scenario() + " refuses unknown keys: add the key " +
                               std::string(kMockKey) + " to its teams");
    }
  }

  // It has no effect on a lookup that has ended already.
  void resolve(std::string_view id, std::optional<Outcome> outcome) {
    try {
      if (outcome) team_.resolve(id, *outcome);
    } catch (const ConflictError&) {
    } catch (const NotFoundError&) {
    }
  }

  Emulator emulator_;
  const HttpClient client_;
  Team team_;
  const milliseconds gap_;
};

class Run {
 public:
  Run(const CompareOptions& options, const std::function<void(const Line&)>& on_line)
      : options_(options), on_line_(on_line), upstream_(options) {
    comparison_.url = options.upstream.url;
  }

  Comparison run() {
    const auto first = first_response();
    before_ = last_ = comparison_.balance_before = is_accepted(first) ? balance_in(*first.response) : std::nullopt;
    mock_.emplace(options_.mock, before_, options_.least_gap);
    comparison_.scenario = mock_->scenario();
    mock_before_ = mock_->balance();
    if (!before_) no_more_posts_ = "the balance cannot be read, so a charge would not be seen";
    for (const auto& question : questions()) answer(question, first);
    comparison_.balance_after = upstream_.balance();
    if (comparison_.balance_after && last_ && *comparison_.balance_after < *last_)
      comparison_.stopped = fallen_text(*comparison_.balance_after) + " after the last lookup";
    return std::move(comparison_);
  }

 private:
  // If there is none, or if it refuses the key, no other question makes sense.
  HttpResult first_response() {
    auto first = upstream_.ask(request_of(questions().front(), options_.key));
    if (!first) throw UpstreamError(options_.upstream.url + " " + std::string(to_text(first.problem)));
    if (first->status == 401 || first->status == 403)
      throw UpstreamError(options_.upstream.url + " refuses the key: it answers with status " +
                          std::to_string(first->status));
    return first;
  }

  void answer(const Question& question, const HttpResult& first) {
    if (question.compared == Compared::spent) return compare_spent(question);
    if (question.compared == Compared::charge) return compare_charge(question);
    if (question.compared == Compared::completed) return;  // a line of compare_charge()
    if (question.sends()) {
      if (question.method == "POST" && !no_more_posts_.empty()) {
        comparison_.stopped = no_more_posts_;
        return skip(question, no_more_posts_);
      }
      if (question.needs_accepted && !accepts_)
        return skip(question, "upstream does not accept the profile of accepted");
      ask(question, &question == &questions().front() ? &first : nullptr);
      if (question.id == "accepted") accepts_ = is_accepted(asked_[question.id].upstream);
    }
    const auto found = asked_.find(question.sends() ? question.id : question.of);
    if (found == asked_.end()) return skip(question, std::string(question.of) + " was not asked");
    compare(question, found->second);
  }

  // `first`: the response of upstream, if it is known already.
  void ask(const Question& question, const HttpResult* first) {
    auto& asked = asked_[question.id];
    asked.upstream = first ? *first : upstream_.ask(request_of(question, options_.key));
    count_lost(asked.upstream);
    asked.mock = mock_->ask(request_of(question, kMockKey));
    if (question.method != "POST") return;
    if (is_accepted(asked.upstream)) poll_upstream(*asked.upstream.response, asked.upstream_polls, [] {});
    // Without a refusal a lookup may have begun.
    if (!asked.upstream || asked.upstream->status / 100 != 4) check_balance(question);
    poll_mock(asked);
  }

  void count_lost(const HttpResult& result) {
    lost_ = result ? 0 : lost_ + 1;
    if (lost_ < kMostLost) return;
    throw UpstreamError(options_.upstream.url + " " + std::string(to_text(result.problem)) + ", to " +
                        std::to_string(kMostLost) + " requests in a row");
  }

  // To the end of the lookup. `while_running` is called after each poll that shows that it is not there.
  template <class WhileRunning>
  void poll_upstream(const HttpResponse& accepted, Asked::Polls& polls, WhileRunning while_running) {
    const auto id = text_member(accepted, "_id");
    if (!id || !base::is_path_text(*id) || id->empty()) {
      no_more_posts_ = "upstream has accepted a request without an _id, so its lookup cannot be polled";
      return;
    }
    const auto until = steady_clock::now() + options_.lookup_limit;
    for (auto gap = options_.first_poll_gap;; gap = std::min(2 * gap, options_.longest_poll_gap)) {
      auto poll = upstream_.ask(get(path_of(*id), options_.key));
      count_lost(poll);
      const bool is_shown = is_accepted(poll);  // an error says nothing about the lookup
      if (poll) polls.last = std::move(poll.response);
      if (poll && !polls.first) polls.first = polls.last;
      if (is_shown && !is_running(*polls.last)) return;
      if (poll) while_running();
      if (steady_clock::now() >= until) break;
      std::this_thread::sleep_for(gap);
    }
    no_more_posts_ = "the lookup " + base::printable(*id) + " has not ended in time, so a charge would not be seen";
  }

  void poll_mock(Asked& asked) {
    const auto id = asked.mock ? text_member(*asked.mock.response, "_id") : std::nullopt;
    const auto outcome = outcome_of(asked.upstream_polls.last);
    if (id && is_accepted(asked.mock)) mock_->poll(*id, asked.mock_polls, outcome.value_or(Outcome::not_found));
  }

  std::string fallen_text(std::int64_t now) const {
    return "the balance has fallen from " + std::to_string(*last_) + " to " + std::to_string(now);
  }

  void check_balance(const Question& question) {
    const auto now = upstream_.balance();
    if (!now) {
      no_more_posts_ = "the balance can no longer be read, so a charge would not be seen";
    } else if (*now < *last_) {
      no_more_posts_ = fallen_text(*now) + " during " + std::string(question.id);
      comparison_.stopped = no_more_posts_;
    }
    if (now) last_ = now;
  }

  // Lines -------------------------------------------------------------------------------------------------------------

  void skip(const Question& question, std::string why) { comparison_.not_asked.push_back({&question, std::move(why)}); }

  void add(const Question& question, std::string upstream, std::string mock) {
    comparison_.lines.push_back({&question, std::move(upstream), std::move(mock)});
    if (on_line_) on_line_(comparison_.lines.back());
  }

  void compare(const Question& question, const Asked& asked) {
    switch (question.compared) {
      case Compared::status:
        add_both(question, asked, [](const HttpResponse& response) { return status_text(response); });
        break;
      case Compared::body:
        add_both(question, asked, [&](const HttpResponse& response) { return body_text(question, response); });
        break;
      case Compared::field_names:
        add_both(question, asked, [](const HttpResponse& response) { return names_text(response); });
        break;
      case Compared::error_body:
      case Compared::allow:
        return compare_same_status(question, asked);
      case Compared::running:
      case Compared::not_found:
      case Compared::no_external_id:
        return compare_polls(question, asked);
      case Compared::spent:
      case Compared::charge:
      case Compared::completed:
        return;
    }
    const auto& line = comparison_.lines.back();
    if (!line.agrees() && question.compared == Compared::field_names) keep_error_body(asked);
    if (!line.agrees() && question.key == SentKey::wrong && asked.upstream && asked.upstream->status == 401)
      comparison_.refuses_other_keys = true;
  }

  template <class Describe>
  void add_both(const Question& question, const Asked& asked, Describe describe) {
    const auto text = [&](const HttpResult& result) {
      return result ? describe(*result.response) : "no response: " + std::string(to_text(result.problem));
    };
    add(question, text(asked.upstream), text(asked.mock));
  }

  static std::string body_text(const Question& question, const HttpResponse& response) {
    if (response.status / 100 != 2) return status_text(response);
    const auto url = profile_url(question.id);
    const std::string_view sent[] = {url, kExternalId};
    return status_text(response) + " " + outline(response, sent, false);
  }

  static std::string names_text(const HttpResponse& response) {
    constexpr std::string_view kNames[] = {"linkedin_url", "external_id"};
    if (response.status != 400) return status_text(response);
    return "400 that names " + names_in(response, kNames);
  }

  void compare_same_status(const Question& question, const Asked& asked) {
    const auto has_status = [&](const HttpResult& result) { return result && result->status == question.status; };
    if (!has_status(asked.upstream))
      return skip(question,
                  "upstream does not answer " + std::string(question.of) + " with " + std::to_string(question.status));
    if (!has_status(asked.mock))
      return skip(question,
                  "the mock does not answer " + std::string(question.of) + " with " + std::to_string(question.status));
    const bool is_allow = question.compared == Compared::allow;
    // The message of a 400 says what is wrong with a certain request.
    const bool words = question.status != 400;
    const auto text = [&](const HttpResponse& response) {
      return is_allow ? allow_text(response) : outline(response, {}, words);
    };
    add(question, text(*asked.upstream.response), text(*asked.mock.response));
    if (!is_allow && !comparison_.lines.back().agrees()) keep_error_body(asked);
  }

  void keep_error_body(const Asked& asked) {
    if (!asked.upstream || asked.upstream->status < 400 || asked.upstream->status > 599) return;
    if (auto body = scripted_body(*asked.upstream.response))
      comparison_.error_bodies.insert_or_assign(asked.upstream->status, *std::move(body));
  }

  void compare_polls(const Question& question, const Asked& asked) {
    const auto &upstream = asked.upstream_polls, &mock = asked.mock_polls;
    if (!upstream.last) return skip(question, "upstream has no such lookup");
    if (!mock.last) return skip(question, "the mock has no such lookup");
    const auto url = profile_url(question.of);
    const std::string_view sent[] = {url, kExternalId};
    if (question.compared == Compared::running) {
      if (!is_running(*upstream.first)) return skip(question, "upstream's lookup had ended at the first poll");
      return add(question, poll_text(*upstream.first, sent), poll_text(*mock.first, sent));
    }
    if (is_running(*upstream.last)) return skip(question, "upstream's lookup has not ended");
    if (question.compared == Compared::no_external_id) {
      const auto text = [](const HttpResponse& poll) { return std::string(presence_of_member(poll, "external_id")); };
      return add(question, text(*upstream.last), text(*mock.last));
    }
    if (outcome_of(upstream.last) == Outcome::completed || outcome_of(upstream.last) == Outcome::failed)
      return skip(question, "upstream's lookup " + ended_as(upstream.last));
    add(question, poll_text(*upstream.last, sent), poll_text(*mock.last, sent));
  }

  // pending and processing are both right before the end.
  static std::string poll_text(const HttpResponse& poll, std::span<const std::string_view> sent) {
    auto text = status_text(poll) + " " + outline(poll, sent, false);
    if (const auto at = text.find("\"status\": \"processing\""); at != text.npos)
      text.replace(at, std::string_view("\"status\": \"processing\"").size(), "\"status\": \"pending\"");
    return text;
  }

  void compare_spent(const Question& question) {
    if (!before_ || !last_) return skip(question, "the balance cannot be read");
    const auto spent = [](std::int64_t before, std::int64_t after) {
      return credits_text(std::max<std::int64_t>(before - after, 0));
    };
    add(question, spent(*before_, *last_), spent(mock_before_, mock_->balance()));
  }

  // Lookups that may cost a credit ------------------------------------------------------------------------------------

  struct Charged {
    std::string text;
    std::optional<HttpResponse> last_poll;
  };

  void compare_charge(const Question& question) {
    const auto& completed = questions().back();
    const auto skip_both = [&](const std::string& why) {
      skip(question, why);
      skip(completed, why);
    };
    if (!no_more_posts_.empty()) comparison_.stopped = no_more_posts_;
    if (options_.spend == 0) return skip_both("costs a credit: see --spend");
    if (!no_more_posts_.empty()) return skip_both(no_more_posts_);
    constexpr std::string_view kTypes[kMostSpent] = {"work", "personal"};
    std::optional<Line> charge, poll;
    for (unsigned i = 0; i < std::min(options_.spend, kMostSpent) && no_more_posts_.empty(); ++i) {
      const auto upstream = spend_at_upstream(kTypes[i]);
      if (!upstream) break;
      const auto mock = spend_at_mock(kTypes[i], outcome_of(upstream->last_poll));
      if (!charge || charge->agrees()) charge = Line{&question, upstream->text, mock.text};
      if (outcome_of(upstream->last_poll) != Outcome::completed || !mock.last_poll) continue;
      const std::string_view sent[] = {kSpendUrl, kExternalId};
      if (!poll || poll->agrees())
        poll = Line{&completed, poll_text(*upstream->last_poll, sent), poll_text(*mock.last_poll, sent)};
    }
    if (!charge) return skip_both(no_more_posts_);
    add(question, charge->upstream, charge->mock);
    if (poll)
      add(completed, poll->upstream, poll->mock);
    else
      skip(completed, "no lookup has completed");
  }

  // Empty: there was no lookup, and no_more_posts_ says why.
  std::optional<Charged> spend_at_upstream(std::string_view type) {
    const auto before = upstream_.balance();
    if (!before) {
      no_more_posts_ = "the balance can no longer be read";
      return std::nullopt;
    }
    const auto accepted = upstream_.ask_once(lookup_request(kSpendUrl, type, options_.key));
    count_lost(accepted);
    if (!is_accepted(accepted)) {
      no_more_posts_ = accepted ? "upstream answers with status " + std::to_string(accepted->status)
                                : "upstream " + std::string(to_text(accepted.problem));
      return std::nullopt;
    }
    Asked::Polls polls;
    // A balance is from before the end if the next poll shows that, too.
    std::optional<std::int64_t> running, next;
    poll_upstream(*accepted.response, polls, [&] { running = std::exchange(next, upstream_.balance()); });
    const auto after = upstream_.balance();
    if (polls.last) upstream_.ask(get(path_of(text_member(*accepted.response, "_id").value_or("")), options_.key));
    const auto later = upstream_.balance();
    if (!after || !later) {
      no_more_posts_ = "the balance can no longer be read";
      return Charged{ended_as(polls.last) + ", with an unknown balance", polls.last};
    }
    if (*before - *later > 1) no_more_posts_ = "a lookup has cost " + credits_text(*before - *later);
    last_ = later;
    return Charged{charge_text(polls.last, *before, running.value_or(*before), *after, *later), polls.last};
  }

  Charged spend_at_mock(std::string_view type, std::optional<Outcome> outcome) {
    const auto before = mock_->balance();
    const auto accepted = mock_->ask(lookup_request(kSpendUrl, type, kMockKey));
    const auto id = accepted ? text_member(*accepted.response, "_id") : std::nullopt;
    if (!id) return {accepted ? status_text(*accepted.response) : "no response", {}};
    Asked::Polls polls;
    const auto running = mock_->balance();
    mock_->poll(*id, polls, outcome.value_or(Outcome::failed));
    const auto after = mock_->balance();
    mock_->ask(get(path_of(*id), kMockKey));
    return {charge_text(polls.last, before, running, after, mock_->balance()), polls.last};
  }

  static std::string charge_text(const std::optional<HttpResponse>& last_poll, std::int64_t before,
                                 std::int64_t running, std::int64_t after, std::int64_t later) {
    auto text = ended_as(last_poll) + ": " + credits_text(before - after);
    if (running < before) text += ", before the end";
    if (later < after) text += ", and " + credits_text(after - later) + " for a poll";
    return text;
  }

  const CompareOptions& options_;
  const std::function<void(const Line&)>& on_line_;
  Upstream upstream_;
  std::optional<Mock> mock_;
  Comparison comparison_;
  std::map<std::string_view, Asked> asked_;  // by the question's id
  std::optional<std::int64_t> before_, last_;
  std::int64_t mock_before_ = 0;
  bool accepts_ = false;
  int lost_ = 0;               // requests without a response, one after the other
  std::string no_more_posts_;  // why no lookup may begin; empty: it may
};

}  // namespace

bool Comparison::agrees() const { return differences() == 0 && stopped.empty(); }

std::size_t Comparison::differences() const {
  return static_cast<std::size_t>(std::ranges::count_if(lines, [](const Line& line) { return !line.agrees(); }));
}

Comparison compare(const CompareOptions& options, const std::function<void(const Line&)>& on_line) {
  return Run(options, on_line).run();
}

}  // namespace enrichment_mock::upstream
