/** Route hooks, route meters and Camel settings that both programs share. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.routes;

import org.jspecify.annotations.NullMarked;
