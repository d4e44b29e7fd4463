/**
 * {@code sc-workqueue:NAME}: a queue of keys between the routes that see events and the one that
 * acts. A key is handed out to one worker at a time, once however often it was put, and again with
 * exponential back-off when it failed.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.camel.workqueue;

import org.jspecify.annotations.NullMarked;
