/**
 * How both programs reach the API server: fabric8's client on the JDK's HTTP client, with what that
 * combination lacks. It sends no pings over the WebSockets that watches are, so a connection that
 * is cut without a word (a firewall or load balancer that forgot it, a peer that hangs) would leave
 * an informer deaf until its watch's own end, 5 to 10 minutes later.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import org.jspecify.annotations.NullMarked;
