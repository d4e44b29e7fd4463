/** What the agent asks the node's container runtime. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.cri;

import org.jspecify.annotations.NullMarked;
