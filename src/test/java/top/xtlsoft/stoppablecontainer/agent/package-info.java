/** Tests of the node agent; those that mount ({@code *IT}) run in namespaces of their own. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent;

import org.jspecify.annotations.NullMarked;
