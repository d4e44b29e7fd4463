/** Camel components of both programs: {@code sc-informer} and {@code sc-workqueue}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.camel;

import org.jspecify.annotations.NullMarked;
