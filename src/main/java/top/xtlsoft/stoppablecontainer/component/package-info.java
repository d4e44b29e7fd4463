/** Camel components that both programs route with: {@code sc-informer} and {@code sc-workqueue}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.component;

import org.jspecify.annotations.NullMarked;
