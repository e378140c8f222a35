# Installs what is missing and builds, for server/run and tests/run, which source this in the project's folder.
# Debian (apt-get) and macOS (Homebrew). If nothing is missing, it takes a few milliseconds.

debian_packages=()
brew_packages=()

# need KIND NAME DEBIAN_PACKAGE BREW_PACKAGE: KIND is `command`, `module` (of pkg-config), `header` or `file`.
# A Homebrew package "-" comes with the system.
need() {
  case $1 in
    command) PATH=$PATH:/usr/local/sbin:/usr/sbin command -v "$2" >/dev/null && return ;;
    module) pkg-config --exists "$2" 2>/dev/null && return ;;
    header) for folder in /usr/include /usr/local/include /opt/homebrew/include; do
        [ -e "$folder/$2" ] && return
      done ;;
    file) [ -e "$2" ] && return ;;
  esac
  debian_packages+=("$3")
  [ "$4" = - ] || brew_packages+=("$4")
}

need_to_build() {
  need command g++ g++ -
  need_to_configure
  need module cpp-httplib libcpp-httplib-dev cpp-httplib
  need module openssl libssl-dev openssl@3
  need module sqlite3 libsqlite3-dev -
}

need_to_configure() {
  need command cmake cmake cmake
  need command ninja ninja-build ninja
  need command pkg-config pkg-config pkgconf
  need module nlohmann_json nlohmann-json3-dev nlohmann-json
  need module cxxopts libcxxopts-dev cxxopts
}

# server/packages/static/build, on Debian, for another architecture, too: need_to_build_static GNU_ARCHITECTURE ARCHITECTURE
need_to_build_static() {
  need command "$1-linux-gnu-g++" "g++-${1/_/-}-linux-gnu" -
  need_to_configure
  need file "/usr/lib/$1-linux-gnu/libssl.a" "libssl-dev:$2" -
  need file "/usr/lib/$1-linux-gnu/libsqlite3.a" "libsqlite3-dev:$2" -
  # Debian 13's OpenSSL can compress with these.
  need file "/usr/lib/$1-linux-gnu/libz.a" "zlib1g-dev:$2" -
  need file "/usr/lib/$1-linux-gnu/libzstd.a" "libzstd-dev:$2" -
  need command dpkg-source dpkg-dev -  # the source of cpp-httplib
}

need_to_test() {
  need header doctest/doctest.h doctest-dev doctest
  need command node nodejs node
  need command npm npm node
  need command curl curl -
  need command ip iproute2 -
  need command nginx nginx-light nginx  # tests/proxies
  need command haproxy haproxy haproxy
  need command sqlite3 sqlite3 -  # tests/state
  need command faketime faketime libfaketime
  need command xmllint libxml2-utils -
  need command sqlite3 sqlite3 -  # tests/docs
  command -v pytest >/dev/null || need command pytest-3 python3-pytest pytest
  [ "$(uname)" = Darwin ] || need command chromium chromium -  # tests/browser; there it takes Chrome or Chromium
}

# tests/packages/python.test.mjs: Debian's own Python with these packages.
need_to_test_python() {
  need file /usr/bin/python3 python3 -
  /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || debian_packages+=(python3-venv)
  need file /usr/lib/python3/dist-packages/pytest python3-pytest -
  need file /usr/lib/python3/dist-packages/xdist python3-pytest-xdist -
  need file /usr/lib/python3/dist-packages/mypy python3-mypy -
  need command ps procps -
}

# The Dockerfile, which puts them into the image.
need_certificates() { need file /etc/ssl/certs/ca-certificates.crt ca-certificates -; }

# tests/docker/run, which works without a container engine.
need_to_build_images() {
  need command buildah buildah -
  need command debootstrap debootstrap -
  need command qemu-aarch64-static qemu-user-static -
}

install_needed() {
  if [ "$(uname)" = Darwin ]; then
    install_with_brew
  elif [ ${#debian_packages[@]} -gt 0 ]; then
    install_with_apt
  fi
}

install_with_brew() {
  if [ ${#brew_packages[@]} -gt 0 ]; then
    command -v brew >/dev/null || give_up "Homebrew (https://brew.sh) and then: brew install ${brew_packages[*]}"
    echo "Installing ${brew_packages[*]}" >&2
    brew install --quiet "${brew_packages[@]}" >&2 || give_up "${brew_packages[*]}"
  fi
  # Homebrew installs OpenSSL where it does not replace the system's.
  OPENSSL_ROOT_DIR=${OPENSSL_ROOT_DIR:-$(brew --prefix openssl@3)}
  export OPENSSL_ROOT_DIR PKG_CONFIG_PATH="$OPENSSL_ROOT_DIR/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
}

install_with_apt() {
  command -v apt-get >/dev/null || give_up "${debian_packages[*]} (Debian's names)"
  local package as_root=(env DEBIAN_FRONTEND=noninteractive)
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || give_up "${debian_packages[*]}; run as root or with sudo"
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
  fi
  echo "Installing ${debian_packages[*]}" >&2
  for package in "${debian_packages[@]}"; do
    case $package in *:*) quietly "${as_root[@]}" dpkg --add-architecture "${package#*:}" ;; esac
  done
  quietly "${as_root[@]}" apt-get update -q
  quietly "${as_root[@]}" bash -c "$install_without_services" install "${debian_packages[@]}"
}

# Packages of servers start them, now and at every boot, on ports that may be in use. Tests do not want that. Debian asks
# policy-rc.d first. An existing one is kept.
install_without_services='
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\nexit 101\n" >$policy && chmod +x $policy
  fi
  apt-get install -q -y --no-install-recommends "$@" || exit
  for service in nginx haproxy; do
    case " $* " in *" $service"*) systemctl disable "$service" || true ;; esac
  done
'

# install_from_npm FOLDER: installs the packages of its package-lock.json, unless that has been done.
install_from_npm() {
  local installed=$1/node_modules/.installed-package-lock.json
  cmp -s "$1/package-lock.json" "$installed" && return
  echo "Installing what $1/package-lock.json names" >&2
  quietly npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund
  cp "$1/package-lock.json" "$installed"
}

give_up() {
  echo "Missing, please install: $*" >&2
  exit 1
}

# Runs a command; its output is shown only if it fails, and then the script ends.
quietly() {
  local output
  output=$("$@" 2>&1 </dev/null) && return
  printf '%s\nFailed: %s\n' "$output" "$*" >&2
  exit 1
}

# ccache fails if it cannot write; then it is not used.
ccache_works() {
  local folder=${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nowhere}/.cache}/ccache}
  mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ]
}

# configure_preset PRESET, if that has not been done. Call in the project's folder.
configure_preset() {
  local folder=build/$1
  if command -v ccache >/dev/null && ! ccache_works; then export CCACHE_DISABLE=1; fi
  # A build folder that was copied with its checkout still has the paths of the original.
  if [ -e "$folder/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
    rm -rf "$folder"
  fi
  [ -e "$folder/build.ninja" ] || quietly cmake --preset "$1"
}

# build_preset PRESET [TARGET]: builds build/PRESET, and shows the progress on standard error.
build_preset() {
  local command=(ninja -C "build/$1" ${2:+"$2"})
  { "${command[@]}" || echo "Failed: ${command[*]}"; } 2>&1 </dev/null | show_progress || exit 1
}

# Reads ninja's output. A terminal shows ninja's status, in one line that the next one replaces; elsewhere a line shows
# the progress every ten seconds. If the build fails, the output of its commands is shown in full.
show_progress() {
  local line output='' failed='' shown=$SECONDS columns=80 step='^\[([0-9]+)/([0-9]+)\] '
  if [ -t 2 ]; then columns=$(tput cols 2>/dev/null || echo 80); fi
  while IFS= read -r line || [ -n "$line" ]; do
    if [[ ! $line =~ $step ]]; then
      case $line in Failed:*) failed=yes ;; esac
      output+=$line$'\n'
    elif [ -t 2 ]; then
      printf '\r%s\033[K' "${line:0:columns - 1}" >&2
    elif [ $((SECONDS - shown)) -ge 10 ]; then
      shown=$SECONDS
      echo "Building: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps" >&2
    fi
  done
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  if [ -z "$failed" ]; then return; fi
  printf '%s' "$output" >&2
  return 1
}
