/**
 * {@code sc-workqueue:NAME}: a queue of keys between the routes that receive events and the route
 * that acts. One worker at a time has a key; repeated puts of a waiting key count once; a failed
 * key is retried with exponential back-off.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.camel.workqueue;

import org.jspecify.annotations.NullMarked;
