/**
 * What pods ask for, and what they are answered: from {@code request.json} to {@code ready.json}
 * and the pod's condition. Whatever a pod can write is hostile here.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.request;

import org.jspecify.annotations.NullMarked;
