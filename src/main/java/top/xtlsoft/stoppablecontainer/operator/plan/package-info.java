/**
 * Decisions: from an observation to the next thing to create, change or delete. One planner for
 * each object. Pure: no Camel, no client.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.plan;

import org.jspecify.annotations.NullMarked;
