@NullMarked
package top.xtlsoft.stoppablecontainer.component.page;

import org.jspecify.annotations.NullMarked;
