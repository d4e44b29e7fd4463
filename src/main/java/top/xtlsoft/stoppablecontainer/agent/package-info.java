/**
 * The node agent: gives containers their persistent root file system.
 *
 * <p>{@code agent-routes} holds the order of the steps, and the packages hold the steps: find out
 * who asks ({@code request}), mount a file system once per instance and boot ({@code filesystem}),
 * put it under a container that runs ({@code attach}), report and remove it ({@code instance}).
 * This package holds the words that all of them use, and wires them ({@code AgentBeans}).
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>All mounts are made in the mount namespace of the node's PID 1, so that they outlive the
 *       agent.
 *   <li>A {@code NotYetException} is a wait and no error; a {@code RefusedException} needs a
 *       person; everything else is retried.
 *   <li>A {@code Job} answers its own failure, so that the routes' error handling needs no cases.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent;

import org.jspecify.annotations.NullMarked;
