/**
 * The node agent: gives containers their persistent root file system.
 *
 * <p>{@code agent-routes} says in which order things happen. Here is what they do, a room for each:
 * find out who asks ({@code request}), mount a file system once per instance and boot ({@code
 * filesystem}), put it under a running container ({@code attach}), tell the API server and take all
 * of it away again when the instance is deleted ({@code instance}). In this room is what all of
 * them speak of.
 *
 * <p>All mounts are made in the mount namespace of the node's PID 1, so that they outlive the
 * agent.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent;

import org.jspecify.annotations.NullMarked;
