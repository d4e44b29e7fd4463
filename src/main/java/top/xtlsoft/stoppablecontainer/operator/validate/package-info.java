/** Checks of a template that the API server cannot make. Pure: no Camel, no client. */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.validate;

import org.jspecify.annotations.NullMarked;
