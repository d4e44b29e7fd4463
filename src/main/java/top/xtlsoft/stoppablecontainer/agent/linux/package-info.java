/**
 * The system calls of the agent. Other packages use {@link
 * top.xtlsoft.stoppablecontainer.agent.linux.Fd descriptors} and names relative to them, and rarely
 * absolute paths: a path has another meaning in each mount namespace.
 *
 * <p>A file name is a string with one char per byte (ISO 8859-1): Linux names have no encoding, and
 * a listed name must work in the next call. {@link
 * top.xtlsoft.stoppablecontainer.agent.linux.Names} converts.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.linux;

import org.jspecify.annotations.NullMarked;
