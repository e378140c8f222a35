// Whether this runs in a container, where loopback is not that of whoever started it.
#pragma once
#include "cli/flags.h"

namespace enrichment_mock::cli {

// By what Docker and Podman leave in a container, by the variable `container`, which Podman, systemd-nspawn and LXC
// set, and by Kubernetes' own.
bool in_container(const Environment& environment);

}  // namespace enrichment_mock::cli
