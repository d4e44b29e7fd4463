# shellcheck shell=bash
# The Debian packages beside which the binary runs.

cni_folder() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin /usr/libexec/cni; do
    if [ -x "$folder/bridge" ] && [ -x "$folder/host-local" ]; then
      echo "$folder"
      return
    fi
  done
}

missing_packages() {
  local pair
  for pair in $PACKAGES; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%:*}" >/dev/null || echo "${pair#*:}"
  done | sort -u
  missing_files
}

need_packages() {
  local missing
  missing=$(missing_packages | tr '\n' ' ')
  [ -z "$missing" ] || die "these Debian packages are missing: ${missing% } ($TOOL install-packages installs them)"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then
    say "all packages are there"
    return
  fi
  command -v apt-get >/dev/null ||
    die "these packages are missing and there is no apt-get to install them with, do it by hand: ${missing[*]}"
  [ "$(id -u)" -eq 0 ] || die "installing packages needs root, or do it by hand: apt-get install ${missing[*]}"

  say "installing ${missing[*]}"
  # containerd must not run as a service of this machine: the cluster starts its own.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 0755 $policy
    made=yes
  fi
  local rc=0
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2; then
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || rc=$?
  fi
  [ -z "$made" ] || rm -f $policy
  [ $rc -eq 0 ] || die "apt-get could not install ${missing[*]}: see its words above"
}
