# shellcheck shell=bash
# containerd and runc of today, from Go's module proxy: distributions are behind. runtime/go.mod says which versions. The
# embedded node and the virtual machine share them.

# Sets RUNTIME, the folder that holds containerd, its shim, ctr and runc.
find_runtime() {
  local key
  key=$(cd "$HERE" && { cat runtime/go.mod runtime/go.sum && declare -f compile_runtime && go env GOVERSION GOARCH; } | sha256sum | cut -c1-12)
  RUNTIME=$CACHE/runtime/$key
}

build_runtime() {
  find_runtime
  once "containerd and runc (about two minutes on 2 cores)" "$RUNTIME" compile_runtime
}

compile_runtime() { # FOLDER
  cd "$HERE/runtime" || exit
  export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
  local containerd=github.com/containerd/containerd/v2 runc=github.com/opencontainers/runc version program
  version=$(go list -m -f '{{.Version}}' $containerd)
  for program in containerd containerd-shim-runc-v2 ctr; do
    CGO_ENABLED=0 go build -trimpath -tags "no_btrfs no_devmapper no_zfs" \
      -ldflags "-s -w -X $containerd/version.Version=$version" -o "$1/$program" "$containerd/cmd/$program"
  done
  version=$(go list -m -f '{{.Version}}' $runc)
  # Static, as the machine has another C library than this one.
  CGO_ENABLED=1 go build -trimpath -tags "seccomp netgo osusergo" \
    -ldflags "-s -w -extldflags -static -X main.version=${version#v}" -o "$1/runc" $runc
}
