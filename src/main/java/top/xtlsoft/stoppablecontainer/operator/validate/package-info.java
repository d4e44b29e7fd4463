/**
 * Checks of a template that the API server cannot make.
 *
 * <p>Invariants: pure, without Camel or a client. A check needs the template alone. A finding names
 * the field and the remedy, and ends in the phase Failed; it never stops a container that runs.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.validate;

import org.jspecify.annotations.NullMarked;
