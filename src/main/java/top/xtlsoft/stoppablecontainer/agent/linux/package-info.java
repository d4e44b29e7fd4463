/**
 * The system calls that the agent's work is made of. Everything above this package speaks of {@link
 * top.xtlsoft.stoppablecontainer.agent.linux.Fd descriptors} and names relative to them, hardly
 * ever of paths: a path means something else in each mount namespace.
 *
 * <p>File names are strings in which one char is one byte (ISO 8859-1), since Linux knows no
 * encoding of names and what it lists must be found again. {@link
 * top.xtlsoft.stoppablecontainer.agent.linux.Names} converts.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.linux;

import org.jspecify.annotations.NullMarked;
