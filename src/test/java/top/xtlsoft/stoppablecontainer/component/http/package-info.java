@NullMarked
package top.xtlsoft.stoppablecontainer.component.http;

import org.jspecify.annotations.NullMarked;
