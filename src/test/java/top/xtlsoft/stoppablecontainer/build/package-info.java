/** The make targets and scripts that build what users get. */
@NullMarked
package top.xtlsoft.stoppablecontainer.build;

import org.jspecify.annotations.NullMarked;
