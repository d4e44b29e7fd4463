/** Log format and levels of both programs. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.logs;

import org.jspecify.annotations.NullMarked;
