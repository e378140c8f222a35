// The process that the program is: its environment, standard streams, signals, limits and end.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

Environment read_environment();

// Whether this runs in a container, where loopback is not that of the user who started it: by what Docker and Podman
// leave in a container, by the variable `container`, which Podman, systemd-nspawn and LXC set, and by Kubernetes' own.
bool in_container(const Environment& environment);

// Opens /dev/null for each standard stream that is closed; else the first sockets would take their numbers and get what
// is printed. Call before anything is opened.
void open_missing_streams();

// Print at once. A stream that takes nothing is not worth failing for.
void print(std::string_view text);
void print_error(std::string_view text);

// A write to a closed pipe or connection then fails, and nothing more.
void ignore_broken_pipes();

// SIGTERM and SIGINT end the program in order; all other signals but SIGPIPE keep their defaults. Works for process 1
// of a container, too, which the kernel's defaults do not kill. Call before any thread is started: threads inherit what
// is blocked.
void block_stop_signals();

// Returns on the first SIGTERM or SIGINT. From then on the program has `most` to end; past that, or on another signal,
// it exits with status 0 on the spot; if that was for want of time, it says so on standard error. Call once, on the
// main thread.
void wait_for_stop(std::chrono::milliseconds most);

// As many open files and sockets as the system grants without asking: each connection takes one, and what a login shell
// allows (256 on macOS, 1,024 on Linux) is soon used up.
void raise_fd_limit();

// Makes threads share their heaps: with one each, what a burst has left in them stays there, and a server that runs for
// long grows for longer than it has to. Only with the GNU C library; others have no such habit.
void limit_malloc_arenas();

// Exits without static destruction: threads that were left within OpenSSL or a blocked write still use what it would
// destroy. A build with a leak check makes it first.
[[noreturn]] void exit_process(int status);

}  // namespace enrichment_mock::cli
