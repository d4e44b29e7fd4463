/**
 * A program's own TCP ports: the JDK's HTTP server, with a bound to what a stranger can take of it.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.http;

import org.jspecify.annotations.NullMarked;
