/**
 * Decisions: from an observation to the next object to create, change or delete. One planner for
 * each object.
 *
 * <p>Invariants: pure, without Camel or a client. A planner decides one step; the event of its
 * effect starts the next pass. Its type lists all its decisions. A decision carries everything that
 * the gateway needs. Nothing is removed because an object is unknown.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.plan;

import org.jspecify.annotations.NullMarked;
