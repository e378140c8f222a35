// Starting the mock inside this process, for serve, exec and audit. Errors are thrown as exceptions; what() is one
// plain sentence.
#pragma once
#include <memory>
#include <string>

#include "cli/log.h"
#include "cli/settings.h"
#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

// Starts an emulator that logs to `log`, which must outlive it.
std::unique_ptr<Emulator> start_emulator(const Settings& settings, Log& log);

// Logs the certificate of a server with TLS, and writes its authority to the file of --tls-ca-file. Call it before
// anything tells that the server is ready.
void publish_certificate(const Settings& settings, const std::string& fingerprint, const std::string& authority,
                         Log& log);
void publish_certificate(const Settings& settings, const Emulator& emulator, Log& log);

}  // namespace enrichment_mock::cli
