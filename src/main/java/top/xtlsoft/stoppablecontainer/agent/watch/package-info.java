/** Wakes routes up when files appear in folders of pods (inotify). */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.watch;

import org.jspecify.annotations.NullMarked;
