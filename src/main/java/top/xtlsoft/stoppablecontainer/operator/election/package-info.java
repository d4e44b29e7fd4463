/** Leader election: one of several operators acts. */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.election;

import org.jspecify.annotations.NullMarked;
