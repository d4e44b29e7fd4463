/** What both programs run on. Each room knows nothing of either program. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime;

import org.jspecify.annotations.NullMarked;
