/** Random life under random faults, for as many rounds as one likes: make soak. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.soak;

import org.jspecify.annotations.NullMarked;
