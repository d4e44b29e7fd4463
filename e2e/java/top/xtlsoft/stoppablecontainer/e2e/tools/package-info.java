/** The kubectl plugin, the web page, and tools that deploy from a repository. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.tools;

import org.jspecify.annotations.NullMarked;
