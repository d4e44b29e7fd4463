# shellcheck shell=bash
# Keys and certificates: one CA for clients, servers and kubelet.

# Elliptic keys: a cluster's worth of RSA keys would cost seconds.
make_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# make_certificate FILE SUBJECT USAGE [ALTERNATIVE-NAMES]
make_certificate() {
  local file=$STATE/pki/$1 subject=$2 usage=$3 names=${4:-}
  make_key "$file.key"
  openssl req -new -key "$file.key" -subj "$subject" -out "$file.csr"
  openssl x509 -req -in "$file.csr" -CA "$CLUSTER_STATE/pki/ca.crt" -CAkey "$CLUSTER_STATE/pki/ca.key" -days 3650 \
    -set_serial "0x$(openssl rand -hex 12)" -out "$file.crt" -extfile <(
      echo "basicConstraints=critical,CA:FALSE"
      echo "keyUsage=critical,digitalSignature"
      echo "extendedKeyUsage=$usage"
      echo "subjectKeyIdentifier=hash"
      echo "authorityKeyIdentifier=keyid"
      [ -z "$names" ] || echo "subjectAltName=$names"
    ) 2>/dev/null
  rm "$file.csr"
}

make_pki() {
  [ ! -e "$STATE/pki/done" ] || return 0
  rm -rf "$STATE/pki"
  mkdir "$STATE/pki"
  chmod 0700 "$STATE/pki"
  # A further node has no keys but its own.
  if [ "$NODE" = "$FIRST_NODE" ]; then make_cluster_pki; else cp "$CLUSTER_STATE"/pki/{ca.crt,proxy.kubeconfig} "$STATE/pki/"; fi
  make_certificate kubelet-server "/O=system:nodes/CN=system:node:$NODE" serverAuth "DNS:$NODE,IP:$NODE_IP"
  make_certificate kubelet "/O=system:nodes/CN=system:node:$NODE" clientAuth
  make_kubeconfig kubelet
  touch "$STATE/pki/done"
}

make_cluster_pki() {
  make_key "$STATE/pki/ca.key"
  # All that clients demand which verify strictly (RFC 5280, section 4.2.1), whatever this machine's openssl.cnf adds.
  openssl req -x509 -new -key "$STATE/pki/ca.key" -subj "/CN=cluster-$ID" -days 3650 -out "$STATE/pki/ca.crt" -config <(
    printf '[req]\ndistinguished_name=name\nx509_extensions=ca\n[name]\n[ca]\n'
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
  )
  make_key "$STATE/pki/sa.key"

  make_certificate apiserver /CN=kube-apiserver serverAuth \
    "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:$NODE,IP:127.0.0.1,IP:$KUBERNETES_IP,IP:$CONTROL_IP"
  make_certificate apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
  make_certificate admin /O=system:masters/CN=admin clientAuth
  make_certificate kcm /CN=system:kube-controller-manager clientAuth
  make_certificate scheduler /CN=system:kube-scheduler clientAuth
  make_certificate proxy /CN=system:kube-proxy clientAuth

  local user
  for user in admin kcm scheduler proxy; do
    make_kubeconfig $user
  done
}

# Certificates lie in the file, so that it can be copied wherever it is wanted.
make_kubeconfig() {
  cat >"$STATE/pki/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: stoppablecontainer-$ID
    cluster:
      server: https://$CONTROL_IP:6443
      certificate-authority-data: $(base64 -w0 "$STATE/pki/ca.crt")
users:
  - name: $1
    user:
      client-certificate-data: $(base64 -w0 "$STATE/pki/$1.crt")
      client-key-data: $(base64 -w0 "$STATE/pki/$1.key")
contexts:
  - name: stoppablecontainer-$ID
    context: {cluster: stoppablecontainer-$ID, user: $1}
current-context: stoppablecontainer-$ID
YAML
}
