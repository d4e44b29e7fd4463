/** How both programs write their log. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.logs;

import org.jspecify.annotations.NullMarked;
