/** Tests of what the agent asks the container runtime. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.cri;

import org.jspecify.annotations.NullMarked;
