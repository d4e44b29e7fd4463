/**
 * What happens to an instance apart from requests: it is reported, synced, released, and cleared
 * away.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.instance;

import org.jspecify.annotations.NullMarked;
