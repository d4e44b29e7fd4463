/** Infrastructure of both programs. These packages depend on neither of them. */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime;

import org.jspecify.annotations.NullMarked;
