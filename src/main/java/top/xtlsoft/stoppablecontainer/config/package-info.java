/**
 * Settings of the operator, read from the environment and checked once, at the start, and the Camel
 * properties that both programs share.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.config;

import org.jspecify.annotations.NullMarked;
