/**
 * API server clients of both programs: fabric8's client on the JDK's HTTP client. That combination
 * sends no pings over the WebSockets of watches, so an informer would not notice a silently lost
 * connection (dropped by a firewall or load balancer, or a hanging peer) until its watch expires, 5
 * to 10 minutes later. This package adds the pings, and a limit for the silence in an answer.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import org.jspecify.annotations.NullMarked;
