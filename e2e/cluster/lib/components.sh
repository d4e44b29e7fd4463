# shellcheck shell=bash disable=SC2317
# The components of a cluster as processes that are started again when they end; the control plane's among them. For the
# first process of the embedded node and for that of a virtual machine's control plane.

mark() { touch "$STATE/run/mark/$1"; }

# Runs the command that function $2 puts into COMMAND, again and again, under the name $1.
supervise() {
  local name=$1
  (
    "$2"
    delay=1
    while :; do
      begin=$SECONDS
      printf '==== %s starts: %(%F %T)T\n' "$name" -1 >>"$STATE/log/$name.log"
      "${COMMAND[@]}" >>"$STATE/log/$name.log" 2>&1 &
      child=$!
      echo $child >"$STATE/run/pid/$name"
      echo $SECONDS >>"$STATE/run/started/$name"
      rc=0
      wait $child || rc=$?
      rm -f "$STATE/run/pid/$name"
      say "$name ended with $rc"

      # At once after a good run; up to 8 s later when it ends again and again.
      if [ $((SECONDS - begin)) -ge 10 ]; then delay=1; else sleep $delay; fi
      [ $delay -ge 8 ] || delay=$((delay * 2))
      while [ -e "$STATE/run/hold/$name" ]; do sleep 0.1; done
    done
  ) &
}

kubernetes() { COMMAND=("$BINARIES/kubernetes" "$@"); }

kubectl() {
  KUBECACHEDIR=$STATE/kubectl-cache "$BINARIES/kubectl" --kubeconfig "$CLUSTER_STATE/pki/admin.kubeconfig" --request-timeout 5s "$@"
}

etcd_command() {
  # A power cut here is a SIGKILL, which the page cache survives: no fsync is needed.
  kubernetes etcd --name "$NODE" --data-dir "$STATE/etcd" --unsafe-no-fsync \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster "$NODE=http://127.0.0.1:2380"
}

apiserver_command() {
  local pki=$STATE/pki
  kubernetes kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
    --bind-address=0.0.0.0 --secure-port=6443 --advertise-address="$CONTROL_IP" --cert-dir="$STATE/run/kubernetes" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
    --client-ca-file="$pki/ca.crt" --kubelet-certificate-authority="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/apiserver-kubelet-client.crt" --kubelet-client-key="$pki/apiserver-kubelet-client.key" \
    --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.key" --service-account-signing-key-file="$pki/sa.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement \
    --service-cluster-ip-range="$SERVICE_CIDR" --allow-privileged=true \
    --audit-policy-file="$STATE/etc/audit.yaml" --audit-log-path="$STATE/var/log/audit.log" --audit-log-maxsize=20 --audit-log-maxbackup=1
}

kcm_command() {
  local pki=$STATE/pki
  kubernetes kube-controller-manager --kubeconfig="$pki/kcm.kubeconfig" --use-service-account-credentials=true \
    --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --cert-dir="$STATE/run/kubernetes" --leader-elect=false --kube-api-qps=200 --kube-api-burst=400 \
    --flex-volume-plugin-dir=/var/lib/kubelet/volume-plugins
}

scheduler_command() {
  local pki=$STATE/pki
  kubernetes kube-scheduler --kubeconfig="$pki/scheduler.kubeconfig" --leader-elect=false --cert-dir="$STATE/run/kubernetes" \
    --kube-api-qps=200 --kube-api-burst=400
}
