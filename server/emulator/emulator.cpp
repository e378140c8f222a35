#include "enrichment_mock/emulator.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include "api/answer.h"
#include "api/api.h"
#include "api/error.h"
#include "base/version.h"
#include "callbacks/rewrite.h"
#include "callbacks/sender.h"
#include "callbacks/target_policy.h"
#include "control/control.h"
#include "control/snapshot.h"
#include "control/steering.h"
#include "dashboard/dashboard.h"
#include "emulator/deliverer.h"
#include "emulator/load.h"
#include "emulator/options.h"
#include "emulator/public_types.h"
#include "emulator/reloader.h"
#include "emulator/restore.h"
#include "emulator/saved_state.h"
#include "net/listener.h"
#include "net/server.h"
#include "runner/directory.h"
#include "scenario/plan.h"

namespace enrichment_mock {

namespace {

bool is_loopback(const std::string& host) {
  const bool digits = host.find_first_not_of("0123456789.") == host.npos;
  return host == "localhost" || host == "::1" || (digits && host.starts_with("127."));
}

callbacks::SenderOptions sender_options(const Options& options, callbacks::OwnReceiver own) {
  callbacks::SenderOptions sender;
  sender.ca_file = options.callback_ca;
  sender.verify_certificate = !options.callback_insecure;
  sender.targets = callbacks::TargetPolicy(options.callback_allow, !is_loopback(options.host));
  sender.in_container = options.in_container;
  sender.own = std::move(own);
  return sender;
}

engine::Retention retention(const Options& options) {
  return {options.keep_resolved, options.keep_resolved_for.value_or(engine::Retention{}.max_age)};
}

// Masks the key of the request and all keys that scenarios list.
base::KeyMasker keys_in(const net::Request& request, runner::Directory& directory) {
  return directory.library()->masker().with(request.header("x-api-key"));
}

// Method and path of a successful request contain no key, so only other requests are masked.
net::Observer request_log(const Options& options, runner::Directory& directory) {
  if (!options.on_request) return {};
  return [log = options.on_request, &directory](const net::Request& request, const net::Response& response,
                                                std::chrono::microseconds duration) {
    const auto log_line = [&](std::string_view method, std::string_view path) {
      log({method, path, response.status, duration, response.log_tag, response.refusal_reason});
    };
    if (response.status < 400) return log_line(request.method, request.path);
    const auto keys = keys_in(request, directory);
    log_line(keys.hide(request.method), keys.hide(request.path));
  };
}

net::CutObserver cut_log(std::function<void(std::string_view)> warn, runner::Directory& directory) {
  return [warn = std::move(warn), &directory](const net::Request& request, std::string_view what) {
    const auto keys = keys_in(request, directory);
    const auto path = keys.hide(request.path);
    const std::string call = path.empty() ? "a client" : "the client of " + keys.hide(request.method) + " " + path;
    warn(call + " was too slow and was disconnected: " + std::string(what));
  };
}

// Forbids browsers to guess another content type, unless the scenario has set Content-Type.
void add_nosniff(net::Response& response) {
  const auto is_type = [](const auto& header) { return net::same_text(header.first, "Content-Type"); };
  if (!response.body.empty() && std::ranges::none_of(response.headers, is_type))
    api::add_header(response, "X-Content-Type-Options", "nosniff");
}

net::Response refusal(int status, std::string_view reason) {
  net::Response response{.status = status, .body = api::error_body(status, reason)};
  add_nosniff(response);
  return response;
}

// Grows from run to run, faster than events can happen.
std::uint64_t id_of_first_event() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

// The API keys of the teams that continue with a snapshot's teams. They are shown, so an id that is none is a problem.
std::vector<std::string> keys_for(const control::Snapshot& snapshot) {
  std::vector<std::string> keys;
  for (const auto& team : snapshot.teams) {
    if (team.id.size() != 16 || team.id.find_first_not_of("0123456789abcdef") != team.id.npos)
      team.value.problem("found the id " + json_text::in_quotes(team.id) + "; expected 16 hex digits");
    keys.push_back(snapshot.teams.size() == 1 ? "restored" : "restored-" + team.id);
  }
  return keys;
}

void check_key(const std::string& key, const scenario::Library& library) {
  const auto route = library.route(key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&route))
    throw SnapshotError("no team can continue with the snapshot, because the scenario \"" + rejected->scenario->name +
                        "\" refuses the API key \"" + key + "\" (" + rejected->reason +
                        "); list this key in a team of a scenario, or start with another default scenario");
}

}  // namespace

// All parts, in the order of their dependencies.
struct Emulator::Parts {
  explicit Parts(const Options& options)
      : identity(identity_of(options)),
        warn(options.on_warning ? options.on_warning : [](std::string_view) {}),
        state(open_saved_state(options, warn)),
        sink(std::make_shared<runner::Sink>(runner::SinkLimits{}, commits())),
        timer(time, warn),
        sender(sender_options(
            options,
            {.addresses = listen_addresses, .path = std::string(control::kSinkPath), .identity = identity.own})),
        rewrites(options.callback_rewrite),
        deliverer(sender, {.rewrites = rewrites,
                           .timeout = options.callback_timeout,
                           .sink = sink,
                           .warn = [this](std::string_view text) { warn(directory.masker().hide(text)); }}),
        directory({time, timer, deliverer, &events, warn, commits()}, load_library(options),
                  {.max_teams = options.max_teams,
                   .secret = state ? state->secret() : random_secret(),
                   .keep = retention(options),
                   .journal = {options.journal_size, options.journal_bytes, options.journal_total_bytes},
                   .sink = sink,
                   .warn = warn}),
        reloader(
            options, directory, options.on_notice ? options.on_notice : [](std::string_view) {}, warn),
        services{directory, events, [options](std::string_view text) { return load_scenario_text(text, options); },
                 [this](std::string_view url) { return rewrites.apply(url); }, commits()},
        control(services, {options.admin_hosts, options.admin_token}),
        api(directory, events_of_requests(),
            [guard = control::GuardSettings{options.admin_hosts, {}}](std::string_view name) {
              return control::allows_host(name, guard);
            }),
        server([this](const net::Request& request) { return route(request); }, refusal, request_log(options, directory),
               {.large_body = [this](const net::Request& request) { return control.body_limit(request); }},
               identity.own, cut_log(warn, directory)),
        stops_if_start_fails(this),
        is_restored(restore(options)),
        port(server.start(options.host, options.port, listen_addresses.get())),
        host(server.host()) {}

  ~Parts() { stop(); }

  runner::Commits* commits() { return state ? &state->commits() : nullptr; }

  bool restore(const Options& options) {
    if (state) state->restore(directory, options);
    return state != nullptr;
  }

  // An unexpected exception is logged for the developers. The client gets a plain 500, and the server keeps serving.
  net::Response route(const net::Request& request) {
    try {
      const bool waits_for_commit =
          state && !dashboard::Dashboard::owns(request) && !control::Control::shows_no_state(request);
      if (waits_for_commit) state->commits().check();
      auto response = handle(request);
      add_nosniff(response);
      if (waits_for_commit) {
        response.barrier = state.get();
        response.ticket = state->commits().announced();
      }
      return response;
    } catch (const runner::NotSaved& error) {
      return not_saved(error);
    } catch (const std::bad_alloc&) {
      warn("out of memory for a request");
      return refusal(500, "The emulator is out of memory for this request");
    } catch (const std::exception& error) {
      warn("unexpected error, please report it: " + std::string(error.what()));
      return refusal(500, "The emulator failed to handle this request");
    }
  }

  net::Response handle(const net::Request& request) {
    if (dashboard::Dashboard::owns(request)) return dashboard.handle(request);
    if (!request.path.starts_with(control::Control::kPrefix)) return api.handle(request);
    return control.handle(request);
  }

  // Each call of the emulated API is an event.
  api::Listener events_of_requests() {
    return [this](runner::TeamRunner* team, const runner::JournalEntry& entry) {
      const auto keys = team ? team->masker() : directory.library()->masker();
      const std::string team_id = team ? team->profile().id : "";
      events.publish("request", team_id, control::render(entry, team_id, keys));
    };
  }

  void stop() {
    std::lock_guard lock(stop_mutex);
    control.drain();
    reloader.stop();
    directory.cancel_waits();
    server.stop();
    directory.stop();
    timer.stop();
    sender.stop();
    if (state) state->stop();
  }

  const ServerIdentity identity;
  const std::function<void(std::string_view)> warn;
  control::EventFeed events{id_of_first_event()};  // outlives the parts that publish to it
  const std::shared_ptr<net::ListenAddresses> listen_addresses = std::make_shared<net::ListenAddresses>();
  runner::SystemTime time;
  const std::unique_ptr<SavedState> state;  // null: nothing is saved
  const std::shared_ptr<runner::Sink> sink;
  runner::Timer timer;
  callbacks::HttpSender sender;
  const callbacks::Rewrites rewrites;
  CallbackDeliverer deliverer;
  runner::Directory directory;
  Reloader reloader;
  control::Services services;
  control::Control control;
  dashboard::Dashboard dashboard;
  api::Api api;
  net::Server server;
  // If the port cannot be used, restored teams and the writer stop before the parts that they use are destroyed.
  struct StopsParts {
    explicit StopsParts(Parts* made) : parts(made) {}
    ~StopsParts() {
      parts->timer.stop();
      parts->sender.stop();
      if (parts->state) parts->state->stop();
    }
    Parts* parts;
  };
  const StopsParts stops_if_start_fails;
  const bool is_restored;
  const std::uint16_t port;
  const std::string host;
  std::mutex stop_mutex;  // held while stopping, so that a second call also waits until everything has stopped
};

Emulator::Emulator(Options options) {
  check(options);
  try {
    parts_ = std::make_unique<Parts>(options);
  } catch (const net::BindError& error) {
    throw AddressError(error.what());
  } catch (const std::invalid_argument& error) {
    throw StartError(error.what());
  } catch (const std::system_error& error) {
    throw StartError(error.what());
  }
}

Emulator::~Emulator() = default;

std::uint16_t Emulator::port() const { return parts_->port; }

std::string Emulator::url() const {
  const bool v6 = parts_->host.find(':') != std::string::npos;
  return (parts_->identity.own ? "https://" : "http://") + (v6 ? "[" + parts_->host + "]" : parts_->host) + ":" +
         std::to_string(parts_->port);
}

std::string Emulator::sink_url(std::string_view name) const {
  translate_errors([&] { control::check_sink_name(name); });
  return url() + std::string(control::kSinkPath) + std::string(name);
}

std::string Emulator::default_scenario() const { return parts_->directory.library()->default_scenario()->name; }

std::vector<ScenarioInfo> Emulator::scenarios() const { return infos_of(*parts_->directory.library()); }

std::string Emulator::tls_authority() const { return parts_->identity.authority; }

std::string Emulator::tls_fingerprint() const {
  return parts_->identity.own ? parts_->identity.own->fingerprint() : "";
}

void Emulator::stop() { parts_->stop(); }

Emulator::Team Emulator::team(std::string_view api_key) {
  // Trimmed like the value of an HTTP header.
  const auto first = api_key.find_first_not_of(" \t");
  if (first == api_key.npos) throw ArgumentError("an API key cannot be blank");
  api_key = api_key.substr(first, api_key.find_last_not_of(" \t") + 1 - first);
  auto opened = parts_->directory.open(api_key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&opened)) throw ArgumentError(rejected->reason);
  if (std::holds_alternative<runner::TooManyTeams>(opened)) throw ConflictError("too many teams are open");
  return Team(std::get<std::shared_ptr<runner::TeamRunner>>(std::move(opened)), parts_->services);
}

std::vector<Emulator::Restored> Emulator::restore(std::string_view snapshot, const std::string& file) {
  return translate_errors([&] {
    json_text::Document document(snapshot, file, &parts_->directory.waits_are_cancelled());
    const auto read = read_snapshot(document);
    if (read.teams.empty()) throw SnapshotError(control::no_such_team(read, {}));
    const auto keys = keys_for(read);
    refuse_snapshot(document);
    for (const auto& key : keys) check_key(key, *parts_->directory.library());
    // All of them are read before a team is opened.
    std::list<runner::TeamRunner::PutBack> worlds;
    const auto stand_in = parts_->directory.stand_in();
    for (const auto& each : read.teams) {
      auto world = control::read_team(each, read, *stand_in);
      refuse_snapshot(document);
      worlds.push_back(*std::move(world));
    }
    std::vector<Restored> restored;
    for (const auto& key : keys) {
      const auto target = team(key);
      parts_->directory.put_back(*target.runner_, std::move(worlds.front()));
      worlds.pop_front();
      restored.push_back({key, target.info()});
    }
    return restored;
  });
}

std::vector<TeamInfo> Emulator::teams() const {
  std::vector<TeamInfo> all;
  for (const auto& team : parts_->directory.teams()) all.push_back(to_public(*team));
  return all;
}

std::vector<JournaledRequest> Emulator::requests_without_team(const RequestFilter& filter) const {
  return to_public(parts_->directory.unassigned(), to_internal(filter), parts_->directory.library()->masker());
}

void Emulator::reset() { control::reset_all(parts_->directory); }

void Emulator::load_scenario(std::string_view text) {
  auto loaded = parts_->services.load(text);
  if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&loaded)) refuse(*problems);
  const auto problems = parts_->directory.load({{"(text)", std::get<scenario::Scenario>(std::move(loaded))}});
  if (!problems.empty()) refuse(problems);
}

std::string Emulator::snapshot() const { return control::snapshot_of(parts_->services, nullptr).take(); }

std::string version() { return std::string(base::version()); }

}  // namespace enrichment_mock
