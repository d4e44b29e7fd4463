/** What the tests on a real cluster share: the cluster, a namespace each, waits, dumps. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.support;

import org.jspecify.annotations.NullMarked;
