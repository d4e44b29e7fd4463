package top.xtlsoft.stoppablecontainer.e2e.support;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The certificates that {@code e2e/cluster/lib/pki.sh} makes. */
class CertificatesTest {

  private static final String MAKE =
      """
      set -euo pipefail
      STATE=$0 ID=test NODE=node1 FIRST_NODE=node1 CLUSTER_STATE=$0 CONTROL_IP=192.0.2.2 NODE_IP=192.0.2.3 KUBERNETES_IP=10.96.0.1
      . e2e/cluster/lib/pki.sh
      make_pki
      """;

  @TempDir Path state;

  /** What OpenSSL demands with this option is what Python demands by default since 3.13. */
  @Test
  void passStrictVerification() {
    shell(MAKE).ok();

    for (String server : List.of("apiserver", "kubelet-server")) {
      verify("sslserver", server);
    }
    for (String client :
        List.of("admin", "apiserver-kubelet-client", "kcm", "kubelet", "proxy", "scheduler")) {
      verify("sslclient", client);
    }
  }

  private void verify(String purpose, String certificate) {
    shell(
            "openssl verify -x509_strict -purpose %s -CAfile \"$0/pki/ca.crt\" \"$0/pki/%s.crt\""
                .formatted(purpose, certificate))
        .ok();
  }

  private Result shell(String script) {
    return Command.run(List.of("bash", "-c", script, state.toString()), "", Timeouts.COMMAND);
  }
}
