// What a program without shared libraries has to do differently from one that uses the libraries of its host.
#pragma once

namespace enrichment_mock::cli {

// Makes this process behave the same on every Linux distribution. Does nothing in a program that has shared libraries.
// Call before threads are started.
//
// - Names are looked up in /etc/hosts and with DNS, as /etc/resolv.conf says. /etc/nsswitch.conf is ignored, because it
//   names libraries of the host, which need the host's C library.
// - Without SSL_CERT_FILE and SSL_CERT_DIR, the program trusts the certificates of the host, wherever its distribution
//   has them.
// - openssl.cnf is ignored: it is written for the OpenSSL of the host.
void prepare_static_program();

}  // namespace enrichment_mock::cli
