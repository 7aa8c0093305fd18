# What ./run and ./test share: getting what is missing from Debian. To be sourced, from the project's folder.

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else die "needs root or sudo for: $*"; fi
}

apt_is_fresh=
install_packages() { # names of packages; nothing is asked, and nothing upgraded that is there
  say "installing $*"
  if [ -z "$apt_is_fresh" ]; then quietly as_root apt-get update -qq || die "apt-get update failed"; apt_is_fresh=yes; fi
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" || die "could not install: $*"
}
quietly() { # what it says is shown only if it fails
  local said; said=$("$@" 2>&1 < /dev/null) || { printf '%s\n' "$said" >&2; return 1; }
}

# need COMMAND PACKAGE...: the packages, unless the command is there
need() { command -v "$1" > /dev/null || install_packages "${@:2}"; }

# need_library NAME PACKAGE...: the packages, unless the loader finds that library
need_library() { /sbin/ldconfig -p | grep -q "$1" || install_packages "${@:2}"; }

# What assistants speak and hear with when nothing else is configured.
need_voice() {
  need espeak-ng espeak-ng
  need_library libespeak-ng.so.1 libespeak-ng1
  need_library libpocketsphinx.so.3 libpocketsphinx3
  [ -d /usr/share/pocketsphinx/model/en-us ] || install_packages pocketsphinx-en-us
}

need_rust() {
  command -v cargo > /dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  command -v cargo > /dev/null || die "Rust is missing: https://rustup.rs"
  need cc gcc libc6-dev
  need pkg-config pkg-config
}

# The programs of PostgreSQL, and nothing running: no cluster is made besides the one that Vigie makes.
need_postgres() {
  ! compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || return 0
  local no_cluster=/etc/postgresql-common/createcluster.d/vigie-install.conf
  as_root mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' | as_root tee "$no_cluster" > /dev/null
  install_packages postgresql
  as_root rm -f "$no_cluster"
}

target_folder() { echo "${CARGO_TARGET_DIR:-target}"; }
