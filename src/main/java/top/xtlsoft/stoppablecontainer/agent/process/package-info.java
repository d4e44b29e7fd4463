/** What is known of processes: who asks, which pod they are of, what they have mounted. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.process;

import org.jspecify.annotations.NullMarked;
