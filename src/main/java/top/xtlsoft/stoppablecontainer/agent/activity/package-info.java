/**
 * Whether containers are in use: sessions, connections, processor time, leases.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What can't be read counts as use: an error stops no work.
 *   <li>A container is idle only from what the agent has seen itself. An agent that is started
 *       begins each container's time anew.
 *   <li>All that a pod can make large, as the number of its processes, is read up to a limit, and
 *       more of it counts as use.
 *   <li>The agent writes a change to the API server, and not each look.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.activity;

import org.jspecify.annotations.NullMarked;
