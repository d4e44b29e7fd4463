# shellcheck shell=bash
# Builds the Kubernetes binary once for each state of its sources.

GO_MINIMUM=1.26

# Sets the file that names the version of each module, and Kubernetes' version as it says it. A later patch release means that
# file alone.
choose_kubernetes() {
  case ${CLUSTER_KUBERNETES:-newest} in
    newest) MODULES=go.mod ;;
    oldest) MODULES=oldest.mod ;;
    *) die "CLUSTER_KUBERNETES is '$CLUSTER_KUBERNETES': choose newest or oldest (of those that StoppableContainer supports)" ;;
  esac
  KUBERNETES_VERSION=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$HERE/$MODULES")
}

need_go() {
  choose_kubernetes
  command -v go >/dev/null ||
    die "Go is missing: install Go $GO_MINIMUM or newer (https://go.dev/dl) and put it on the PATH"
  local version
  # Asked inside the module, where an older Go may fetch the one that go.mod names.
  version=$(cd "$HERE" && go env GOVERSION 2>/dev/null) || version=
  version=${version#go}
  if [ -z "$version" ] || [ "$(printf '%s\n' "$GO_MINIMUM" "$version" | sort -V | head -1)" != "$GO_MINIMUM" ]; then
    die "Go is too old ($(GOTOOLCHAIN=local go env GOVERSION)): building Kubernetes $KUBERNETES_VERSION needs Go $GO_MINIMUM or newer"
  fi
}

# Sets BINARIES, the folder that holds kubernetes, kubectl (a link) and sandbox.
find_binary() {
  local key
  key=$(cd "$HERE" && { cat "$MODULES" "${MODULES%.mod}.sum" ./*.go sandbox/*.go lib/binary.sh && go env GOVERSION GOARCH; } | sha256sum | cut -c1-16)
  BINARIES=$CACHE/kubernetes/$key
}

# For commands that only talk to a cluster: no Go is needed when its kubectl is known.
find_kubectl() {
  if [ -r "$STATE/binaries" ]; then
    BINARIES=$(<"$STATE/binaries")
  else
    need_go
    find_binary
  fi
}

binary_is_built() { [ -x "$BINARIES/kubernetes" ] && [ -x "$BINARIES/sandbox" ]; }

build_binary() {
  need_go
  find_binary
  if binary_is_built; then
    touch "$BINARIES"
    return
  fi

  # Two builds at once would do the same work twice, on half the machine each.
  mkdir -p "$CACHE/kubernetes"
  exec 7<"$CACHE/kubernetes"
  if ! flock --nonblock 7; then
    say "another build of Kubernetes is running: waiting for it"
    flock 7
  fi
  binary_is_built || compile_binary
  exec 7<&-
}

compile_binary() {
  say "building Kubernetes $KUBERNETES_VERSION as one binary: about 5 minutes on 2 cores the first time, kept in $BINARIES"
  local temp
  temp=$(mktemp -d "$CACHE/kubernetes/.build-XXXXXX")
  # shellcheck disable=SC2064 # the folder's name is wanted as it is now
  trap "rm -rf '$temp'" EXIT
  local package=k8s.io/component-base/version
  local flags="-s -w -X $package.gitVersion=$KUBERNETES_VERSION -X $package.gitMajor=1"
  flags+=" -X $package.gitMinor=$(cut -d. -f2 <<<"$KUBERNETES_VERSION")"
  (
    cd "$HERE" || exit
    export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -buildvcs=false"
    go list -modfile="$MODULES" -deps . >"$temp/packages" &&
      go build -modfile="$MODULES" -v -trimpath -ldflags "$flags" -o "$temp/kubernetes" . &&
      go build -modfile="$MODULES" -trimpath -ldflags "-s -w" -o "$temp/sandbox" ./sandbox
  ) 2>"$temp/log" 7<&- 9<&- &
  local build=$! seconds=0
  # shellcheck disable=SC2064 # as above
  trap "kill $build 2>/dev/null; exit 130" INT TERM
  while kill -0 $build 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    [ $((seconds % 15)) -ne 0 ] || say "$(build_progress "$temp") after $seconds s"
  done
  if ! wait $build; then
    tail -20 "$temp/log" >&2
    die "the build of Kubernetes failed: see the lines above (a module that can't be fetched needs GOPROXY)"
  fi

  ln -s kubernetes "$temp/kubectl"
  rm "$temp/log" "$temp/packages"
  # A folder of that name without binaries is a wreck.
  rm -rf "$BINARIES"
  mv -T "$temp" "$BINARIES"
  trap - EXIT INT TERM
  rm -rf "$temp"
  # Binaries that no checkout asked for in a month are not worth 140 MB each.
  find "$CACHE/kubernetes" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +
  say "built in $seconds s"
}

build_progress() {
  if [ ! -s "$1/packages" ]; then
    printf '  %d modules downloaded' "$(grep -c '^go: downloading' "$1/log")"
  else
    printf '  %d of %d packages compiled' "$(grep -vc '^go: ' "$1/log")" "$(wc -l <"$1/packages")"
  fi
}

# The image of the container that holds a pod's namespaces, which no registry is asked for.
make_sandbox_image() { # TAR
  local root
  root=$(mktemp -d)
  chmod 0755 "$root"
  install "$BINARIES/sandbox" "$root/sandbox"
  "$HERE/image" "$root" "$SANDBOX_IMAGE" --entrypoint '["/sandbox"]' --user 65535:65535 -o "$1"
  rm -r "$root"
}
