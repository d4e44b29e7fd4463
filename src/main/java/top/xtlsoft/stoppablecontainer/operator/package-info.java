/**
 * The operator: its program, its settings, its beans, and one room for each part of a pass over a
 * StoppableContainer. The routes in {@code routes/} call them in this order: observe ({@code
 * kube}), validate ({@code validate}), plan ({@code plan}), carry out ({@code kube}), report
 * ({@code status}).
 *
 * <p>Invariants: {@link top.xtlsoft.stoppablecontainer.operator.OperatorBeans} makes all beans. A
 * route branches on the type of a decision, and never on a text. Only routes of the leader's group
 * write.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator;

import org.jspecify.annotations.NullMarked;
