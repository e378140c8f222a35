// One POST and its answer over an open connection. The HTTP is cpp-httplib's, the bytes go through ours: httplib's own
// client waits per read rather than in all, tells few errors apart, reads lines of any length into std::regex (which
// overflows the stack) and, in newer releases, re-encodes the query.
#pragma once
#include <string>

#include "callbacks/connection.h"
#include "callbacks/sender.h"
#include "callbacks/url.h"

namespace enrichment_mock::callbacks {

// Fills in status or error. An answer counts once its head is there: a body that is cut off or longer than 64 KB is
// not waited for, the status decides. A body that is still coming at the deadline is a timeout.
Delivery exchange(Connection& connection, const Url& url, const Outbound& outbound);

}  // namespace enrichment_mock::callbacks
