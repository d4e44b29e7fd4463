/** Traces of routes as log lines and as OpenTelemetry spans, with this project's step names. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.trace;

import org.jspecify.annotations.NullMarked;
