/**
 * The operator: its program, its settings, and one room for each part of a pass over a
 * StoppableContainer. The routes in {@code routes/} call them in this order: observe ({@code
 * kube}), validate ({@code validate}), plan ({@code plan}), carry out ({@code kube}), report
 * ({@code status}).
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator;

import org.jspecify.annotations.NullMarked;
