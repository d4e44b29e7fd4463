/** Leader election: one operator of several acts. */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.election;

import org.jspecify.annotations.NullMarked;
