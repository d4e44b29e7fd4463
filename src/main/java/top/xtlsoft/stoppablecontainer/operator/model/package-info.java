/**
 * What the operator wants to exist: desired objects, computed from the user's template and nothing
 * else. Pure: no client, no Camel, no clock.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.model;

import org.jspecify.annotations.NullMarked;
