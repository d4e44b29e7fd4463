package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.net.http.HttpRequest;
import java.util.Optional;

/**
 * Says at the moment at which a request is to be sent, each time it is tried, whether it may be.
 */
@FunctionalInterface
public interface RequestGuard {

  /** Why the request must not be sent; empty if it may be. */
  Optional<RuntimeException> refusal(HttpRequest request);
}
