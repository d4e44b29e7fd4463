/** Camel's tracers, told in this project's words: lines of the log, and spans of OpenTelemetry. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.trace;

import org.jspecify.annotations.NullMarked;
