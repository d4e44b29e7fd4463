/**
 * The port of operator and agent for health and metrics. Health is public and only UP or DOWN;
 * metrics need a token and RBAC.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.observe;

import org.jspecify.annotations.NullMarked;
