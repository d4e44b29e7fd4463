/**
 * The image below a file system: its command, its pull, its change, and what a runtime adds to it.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.image;

import org.jspecify.annotations.NullMarked;
