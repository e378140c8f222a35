#include "emulator/options.h"

#include <stdexcept>

#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "callbacks/rewrite.h"
#include "callbacks/target_policy.h"

namespace enrichment_mock {
namespace {

template <class Number>
bool is_within(Number number, Number least, Number most) {
  return number >= least && number <= most;  // false for NaN
}

std::string described(TlsProblem::File file, const Options& options) {
  return file == TlsProblem::File::certificate ? "tls_cert " + options.tls_cert : "tls_key " + options.tls_key;
}

TlsProblem::File file_at_fault(net::IdentityError::Fault fault) {
  return fault == net::IdentityError::Fault::certificate ? TlsProblem::File::certificate : TlsProblem::File::key;
}

std::shared_ptr<const net::Identity> load_identity(const Options& options) {
  try {
    return std::make_shared<const net::Identity>(net::Identity::load(options.tls_cert, options.tls_key));
  } catch (const net::IdentityError& error) {
    throw StartError(described(file_at_fault(error.fault), options) + ": " + error.what());
  }
}

ServerIdentity make_identity(const Options& options) {
  try {
    const auto made =
        net::make_self_signed(options.tls_names.empty() ? net::names_of_this_machine() : options.tls_names);
    return {std::make_shared<const net::Identity>(made.certificate, made.key), made.authority};
  } catch (const std::invalid_argument& error) {
    throw StartError("tls_names: " + std::string(error.what()));
  }
}

}  // namespace

void check(const Options& options) {
  const auto refuse = [](const std::string& what) { throw StartError(what); };
  if (options.time_scale && !is_within(*options.time_scale, base::kMinTimeScale, base::kMaxTimeScale))
    refuse("time_scale must be between " + base::plain_number(base::kMinTimeScale) + " and " +
           base::plain_number(base::kMaxTimeScale));
  if (options.credits && !is_within(*options.credits, std::int64_t{0}, base::kMaxCredits))
    refuse("credits must be between 0 and " + std::to_string(base::kMaxCredits));
  if (options.max_teams == 0) refuse("max_teams must be 1 or more");
  if (options.keep_resolved == 0) refuse("keep_resolved must be 1 or more");
  for (const auto& [name, bytes] : {std::pair("journal_bytes", options.journal_bytes),
                                    std::pair("journal_total_bytes", options.journal_total_bytes)})
    if (bytes < base::kMinJournalBytes)
      refuse(std::string(name) + " must be " + std::to_string(base::kMinJournalBytes) + " or more");
  if (options.callback_timeout.count() <= 0) refuse("callback_timeout must be above zero");
  for (const std::string& host : options.admin_hosts)
    if (!is_host(host)) refuse("admin_hosts: \"" + host + "\" is not an address or a host name");
  for (const std::string& entry : options.callback_rewrite)
    if (const auto problem = callback_rewrite_problem(entry)) refuse("callback_rewrite: " + *problem);
}

ServerIdentity identity_of(const Options& options) {
  const bool from_files = !options.tls_cert.empty() || !options.tls_key.empty();
  if (from_files && options.tls_self_signed)
    throw StartError("tls_self_signed cannot be used with tls_cert or tls_key");
  if (from_files && options.tls_key.empty()) throw StartError("tls_key is missing: tls_cert needs it");
  if (from_files && options.tls_cert.empty()) throw StartError("tls_cert is missing: tls_key needs it");
  if (!options.tls_names.empty() && !options.tls_self_signed) throw StartError("tls_names needs tls_self_signed");
  if (from_files) return {load_identity(options), ""};
  return options.tls_self_signed ? make_identity(options) : ServerIdentity{};
}

bool is_host(const std::string& text) {
  const bool ipv6 = text.find(':') != std::string::npos;
  const auto url = base::parse_url("http://" + (ipv6 ? "[" + text + "]" : text));
  return url && base::same_text(url->host, text);
}

bool is_callback_target(const std::string& text) {
  try {
    callbacks::TargetPolicy({text}, true);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

std::optional<std::string> callback_rewrite_problem(const std::string& entry) {
  try {
    callbacks::Rewrites({entry});
    return std::nullopt;
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::optional<TlsProblem> tls_problem(const std::string& certificate_file, const std::string& key_file) {
  try {
    net::Identity::load(certificate_file, key_file);
    return std::nullopt;
  } catch (const net::IdentityError& error) {
    return TlsProblem{file_at_fault(error.fault), error.what()};
  }
}

}  // namespace enrichment_mock
