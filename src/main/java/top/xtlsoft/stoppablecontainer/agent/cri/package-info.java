/**
 * The container runtime of the node: images, containers, and the commands of images.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The agent only reads from the runtime.
 *   <li>Every call has a deadline, and every answer a limit that fits the heap.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.cri;

import org.jspecify.annotations.NullMarked;
