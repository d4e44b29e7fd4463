/** From an observation to phases, conditions and events. Pure: no Camel, no client. */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.status;

import org.jspecify.annotations.NullMarked;
