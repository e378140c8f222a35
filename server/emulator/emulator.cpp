#include "enrichment_mock/emulator.h"

#include <random>

#include "api/api.h"
#include "api/error.h"
#include "callbacks/sender.h"
#include "callbacks/target_policy.h"
#include "control/control.h"
#include "emulator/deliverer.h"
#include "emulator/load.h"
#include "http/server.h"
#include "runner/directory.h"

namespace enrichment_mock {

namespace {

std::uint64_t random_secret() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

callbacks::SenderOptions sender_options(const Options& options) {
  callbacks::SenderOptions sender;
  sender.ca_file = options.callback_ca;
  sender.verify_certificate = !options.callback_insecure;
  sender.targets = callbacks::TargetPolicy(options.callback_allow, !is_loopback(options.host));
  return sender;
}

http::Observer observer(const Options& options) {
  if (!options.on_request) return {};
  return [log = options.on_request](const http::Request& request, const http::Response& response,
                                    std::chrono::microseconds duration) {
    log({request.method, request.path, response.status, duration, response.log_tag});
  };
}

http::Response refusal(int status, std::string_view reason) {
  return {.status = status, .body = api::error_body(status, reason)};
}

}  // namespace

// All parts, in the order in which they need each other.
struct Emulator::Parts {
  explicit Parts(const Options& options)
      : host(options.host),
        library(load_library(options)),
        timer(time),
        sender(sender_options(options)),
        deliverer(sender),
        directory({time, timer, deliverer}, library, directory_settings(options)),
        api(directory),
        server([this](const http::Request& request) { return route(request); }, refusal, observer(options)),
        port(server.start(options.host, options.port)) {}

  ~Parts() { stop(); }

  static runner::DirectorySettings directory_settings(const Options& options) {
    runner::DirectorySettings settings{.max_teams = options.max_teams, .secret = random_secret()};
    if (options.on_warning) settings.warn = options.on_warning;
    return settings;
  }

  http::Response route(const http::Request& request) {
    return request.path.starts_with(control::Control::kPrefix) ? control.handle(request) : api.handle(request);
  }

  void stop() {
    control.drain();
    server.stop();
    directory.stop();
    timer.stop();
    sender.stop();
  }

  const std::string host;
  const std::shared_ptr<const scenario::Library> library;
  runner::SystemTime time;
  runner::Timer timer;
  callbacks::HttpSender sender;
  CallbackDeliverer deliverer;
  runner::Directory directory;
  control::Control control;
  api::Api api;
  http::Server server;
  const std::uint16_t port;
};

Emulator::Emulator(Options options) {
  try {
    parts_ = std::make_unique<Parts>(options);
  } catch (const http::BindError& error) {
    throw StartError(error.what());
  } catch (const std::invalid_argument& error) {
    throw StartError(error.what());
  }
}

Emulator::~Emulator() = default;

std::uint16_t Emulator::port() const { return parts_->port; }

std::string Emulator::url() const {
  const bool v6 = parts_->host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + parts_->host + "]" : parts_->host) + ":" + std::to_string(parts_->port);
}

std::string Emulator::default_scenario() const { return parts_->library->default_scenario().name; }

void Emulator::stop() { parts_->stop(); }

Emulator::Team Emulator::team(std::string_view api_key) {
  if (api_key.find_first_not_of(" \t") == api_key.npos) throw std::invalid_argument("an API key cannot be blank");
  auto opened = parts_->directory.open(api_key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&opened)) throw std::invalid_argument(rejected->reason);
  if (std::holds_alternative<runner::Full>(opened)) throw Conflict("no more teams can be opened");
  return Team(std::get<std::shared_ptr<runner::TeamRunner>>(std::move(opened)));
}

std::string version() { return ENRICHMENT_MOCK_VERSION; }

}  // namespace enrichment_mock
