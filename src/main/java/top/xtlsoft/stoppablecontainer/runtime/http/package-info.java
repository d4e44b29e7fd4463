/**
 * HTTP servers of both programs: the JDK's server with limits on the time and connections of a
 * client.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.http;

import org.jspecify.annotations.NullMarked;
