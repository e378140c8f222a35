// A running mock as the commands that ask one see it.
#pragma once
#include <cstdint>
#include <httplib.h>
#include <memory>
#include <string>

namespace enrichment_mock::cli {

struct Target {
  std::string url;           // "http://127.0.0.1:8080"
  std::string ca_file = {};  // PEM; empty: the system's authorities
  bool any_certificate = false;
};

// "https://[::1]:8080"; a server that listens everywhere is found on loopback.
std::string local_url(bool tls, const std::string& host, std::uint16_t port);

std::unique_ptr<httplib::Client> client_of(const Target& target, time_t timeout_seconds);

// Why nothing was answered: "http://127.0.0.1:8080 does not answer; is the mock running there?"
std::string no_answer(const Target& target, httplib::Error error);

}  // namespace enrichment_mock::cli
