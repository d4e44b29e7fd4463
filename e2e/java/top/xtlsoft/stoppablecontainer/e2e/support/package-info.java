/** Shared support of the tests on a real cluster: the cluster, namespaces, waits, dumps. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.support;

import org.jspecify.annotations.NullMarked;
