/** Camel's tracer, told in this project's words. */
@NullMarked
package top.xtlsoft.stoppablecontainer.component.trace;

import org.jspecify.annotations.NullMarked;
