/** Tests of {@code top.xtlsoft.stoppablecontainer.metrics}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.metrics;

import org.jspecify.annotations.NullMarked;
