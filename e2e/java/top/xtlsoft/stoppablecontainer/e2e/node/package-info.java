/** Where a file system lies, and what happens when its node is full, cordoned, drained or gone. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.node;

import org.jspecify.annotations.NullMarked;
