/**
 * The objects that the operator creates, computed from the user's template and from nothing else.
 *
 * <p>Invariants: pure, without a client, Camel or a clock. The same template gives the same object.
 * Every pod field of a template reaches the consumer pod. Labels and annotations that the operator
 * reads win over the user's.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.model;

import org.jspecify.annotations.NullMarked;
