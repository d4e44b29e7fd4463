@NullMarked
package top.xtlsoft.stoppablecontainer.component.observe;

import org.jspecify.annotations.NullMarked;
