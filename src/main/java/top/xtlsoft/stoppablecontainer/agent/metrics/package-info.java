/**
 * What the agent counts and measures, beside what Camel and the work queues count by themselves.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A scrape counts no files and calls no API server.
 *   <li>Labels hold names of objects of this node only, and nothing that a container chooses.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.metrics;

import org.jspecify.annotations.NullMarked;
