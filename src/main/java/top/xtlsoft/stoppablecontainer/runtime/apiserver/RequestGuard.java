package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.net.http.HttpRequest;
import java.util.Optional;

/** Decides before each attempt whether a request may be sent. */
@FunctionalInterface
public interface RequestGuard {

  /** Why the request must not be sent; empty if it may be. */
  Optional<RuntimeException> refusal(HttpRequest request);
}
