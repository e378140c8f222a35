# Installs what is missing (Debian and npm) and builds, for the scripts in this folder, which source this; `root` is the
# project's folder. `prepare yes` builds, `prepare no` uses the programs in build/bench.

# The Debian package of each program or header.
needed_packages() {
  packages=()
  command -v wrk >/dev/null || packages+=(wrk)
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || packages+=(nginx-light)
  command -v node >/dev/null || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
  command -v java >/dev/null || packages+=(openjdk-17-jre-headless)
  command -v valgrind >/dev/null || packages+=(valgrind)
  [ "$1" = yes ] || return 0
  command -v cmake >/dev/null || packages+=(cmake)
  command -v ninja >/dev/null || packages+=(ninja-build)
  command -v g++ >/dev/null || packages+=(g++)
  command -v pkg-config >/dev/null || packages+=(pkg-config)
  [ -e /usr/include/httplib.h ] || packages+=(libcpp-httplib-dev)
  [ -e /usr/include/nlohmann/json.hpp ] || packages+=(nlohmann-json3-dev)
  [ -e /usr/include/cxxopts.hpp ] || packages+=(libcxxopts-dev)
  [ -e /usr/include/openssl/ssl.h ] || packages+=(libssl-dev)
}

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "tests/bench: missing, and no apt-get to install it with: ${packages[*]}" >&2
    exit 1
  fi
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  echo "Installing ${packages[*]}" >&2
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

# The servers from npm, outside of the tree. A server that cannot be installed is not measured; the report says so.
install_peers() {
  export ENRICHMENT_MOCK_BENCH_PEERS=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/enrichment-mock-bench
  local lock=$root/tests/bench/peers/package-lock.json installed=$ENRICHMENT_MOCK_BENCH_PEERS/installed.json
  cmp -s "$lock" "$installed" && return
  echo "Installing what tests/bench/peers/package-lock.json names, in $ENRICHMENT_MOCK_BENCH_PEERS" >&2
  mkdir -p "$ENRICHMENT_MOCK_BENCH_PEERS"
  cp "$root"/tests/bench/peers/package*.json "$ENRICHMENT_MOCK_BENCH_PEERS"
  if npm --prefix "$ENRICHMENT_MOCK_BENCH_PEERS" ci --ignore-scripts --no-audit --no-fund --loglevel error >&2; then
    cp "$lock" "$installed"
  else
    echo "tests/bench: npm could not install them; they are not measured" >&2
  fi
}

# Chromium and its driver, as tests/run installs them. Without them the dashboard is not measured; the report says so.
install_browser() {
  (
    cd "$root"
    source server/packages.sh
    need command chromium chromium -
    install_needed
    install_from_npm tests
  ) || echo "tests/bench: no browser to measure the dashboard in" >&2
}

# The program as the packages have it. Without it its start is not measured; the report says so.
build_static() {
  echo "Building the program without shared libraries" >&2
  "$root/server/packages/static/build" >&2 || echo "tests/bench: cannot build it without shared libraries" >&2
}

prepare() {
  if [ "$(uname)" != Linux ]; then
    echo "tests/bench: measures through /proc, so it runs on Linux only" >&2
    exit 1
  fi
  needed_packages "$1"
  install_packages
  install_peers
  if [ "$1" = yes ]; then
    echo "Building the preset bench" >&2
    (cd "$root" && cmake --preset bench >/dev/null && cmake --build --preset bench >&2)
  fi
  # 1,000 connections need a file each, in wrk, in the servers and in the benchmark.
  ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
  if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt 2500 ]; then
    echo "tests/bench: only $(ulimit -n) open files allowed, 1,000 connections want 2,500" >&2
  fi
}
