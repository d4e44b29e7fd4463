/**
 * Leader election: one of several operators acts.
 *
 * <p>Invariants: an operator writes only while its lease is trusted. An operator that has lost its
 * lease ends its process.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.election;

import org.jspecify.annotations.NullMarked;
