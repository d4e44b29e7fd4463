/** What a user learns from the API server, the status, the conditions and the events. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.feedback;

import org.jspecify.annotations.NullMarked;
