/** Tests of {@code top.xtlsoft.stoppablecontainer.runtime.routes}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.routes;

import org.jspecify.annotations.NullMarked;
