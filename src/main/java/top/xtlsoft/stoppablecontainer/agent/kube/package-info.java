/** What the API server tells of this node: its pods and instances. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.kube;

import org.jspecify.annotations.NullMarked;
