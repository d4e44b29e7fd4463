/**
 * What operator and agent show at their port: health to everybody, as one word, and metrics to
 * those whom the cluster lets read them.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.observe;

import org.jspecify.annotations.NullMarked;
