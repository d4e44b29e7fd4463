/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.request}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.request;

import org.jspecify.annotations.NullMarked;
