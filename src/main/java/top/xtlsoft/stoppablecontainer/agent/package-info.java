/**
 * The node agent: gives containers their persistent root file system.
 *
 * <p>{@code agent-routes} says in which order things happen. Here is what they do: find out who
 * asks ({@code RequestOpener}), mount a file system once per instance and boot ({@code
 * FileSystemMounter}), put it under a running container ({@code ContainerAttacher}), tell the pod
 * and the API server, and take all of it away again when the instance is deleted.
 *
 * <p>All mounts are made in the mount namespace of the node's PID 1, so that they outlive the
 * agent.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent;

import org.jspecify.annotations.NullMarked;
