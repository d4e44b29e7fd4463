# shellcheck shell=bash
# Configuration files of the components. Paths below /run and /var are meant as the node sees them: those of the embedded
# one lie in the state folder.

make_control_config() {
  mkdir -p "$STATE/etc" "$STATE/log" "$STATE/var/log" "$STATE/run/kubernetes"
  make_services >"$STATE/etc/services.yaml"
  make_audit_policy >"$STATE/etc/audit.yaml"
}

make_embedded_config() {
  [ "$NODE" != "$FIRST_NODE" ] || make_control_config
  mkdir -p "$STATE/etc/cni"
  make_containerd_config >"$STATE/etc/containerd.toml"
  make_cni_config >"$STATE/etc/cni/10-pods.conflist"
  # The cgroup is the node's corner of the tree. Version 1 is what some machines that tests run on still have.
  make_kubelet_config "$STATE/pki" "$STATE/etc/resolv.conf" \
    $'cgroupDriver: cgroupfs\nfailCgroupV1: false\ncgroupRoot: /'"$CGROUP" >"$STATE/etc/kubelet.yaml"
  # Nobody answers there, and says so at once: an image that is not on the node fails
  # without a wait, and a pod's look-ups do so too.
  echo "nameserver 127.0.0.1" >"$STATE/etc/resolv.conf"
}

# Version 2 of the format is understood by containerd 1.6 (Debian 12); 2.x translates it.
make_containerd_config() {
  cat <<TOML
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$SANDBOX_IMAGE"
  restrict_oom_score_adj = true
  # A profile would be loaded into the kernel of this machine, and stay there.
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_folder)"
    conf_dir = "$STATE/etc/cni"
  # Where tests say how their own registries are reached; read anew for each pull.
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/var/lib/registry-hosts"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
    # Copies each layer instead of laying it over the others; containerd 1.6 does not know the setting.
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.copied]
      runtime_type = "io.containerd.runc.v2"
      snapshotter = "native"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.copied.options]
        SystemdCgroup = false
    # Runs hooks, once a test has put a program there.
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.hooked]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.hooked.options]
        BinaryName = "/var/lib/runtime-hooks/runc"
        SystemdCgroup = false
TOML
}

make_cni_config() {
  choose_pod_subnet
  cat <<JSON
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni0",
      "isGateway": true,
      "hairpinMode": true,
      "ipam": {"type": "host-local", "ranges": [[{"subnet": "$POD_SUBNET"}]], "routes": [{"dst": "0.0.0.0/0"}]}
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

make_kubelet_config() { # PKI RESOLV.CONF CGROUPS
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $1/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $1/kubelet-server.crt
tlsPrivateKeyFile: $1/kubelet-server.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
$3
failSwapOn: false
clusterDNS: [$DNS_IP]
clusterDomain: cluster.local
resolvConf: $2
volumePluginDir: /var/lib/kubelet/volume-plugins
maxPods: 250
serializeImagePulls: false
# The disk and the memory are those of a developer's machine, and rarely empty.
evictionHard: {nodefs.available: "1%", imagefs.available: "1%", memory.available: 50Mi}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
# Containers are killed here by the hundred, which must not make them wait for minutes.
featureGates: {KubeletCrashLoopBackOffMax: true}
crashLoopBackOff: {maxContainerRestartPeriod: 1s}
YAML
}

# Cluster DNS without servers: kube-proxy rejects what is sent to a service without
# endpoints, so that a look-up fails at once where it would wait for seconds.
make_services() {
  cat <<YAML
apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
  labels: {k8s-app: kube-dns}
spec:
  clusterIP: $DNS_IP
  ports:
    - {name: dns, port: 53, protocol: UDP}
    - {name: dns-tcp, port: 53, protocol: TCP}
YAML
}

# What the operator and the agents ask for is noted, each request with the pod it came from, for tests to count. A watch
# is noted when it begins as well: its end may be ten minutes away.
make_audit_policy() {
  cat <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    userGroups: ["system:serviceaccounts:stoppablecontainer-system"]
    verbs: [create, update, patch, delete, get, list, watch]
  - level: None
YAML
}
