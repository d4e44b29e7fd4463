/** CLUSTER=k3s: a K3s in Docker, as hack/cluster starts, fills and removes it. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.k3s;

import org.jspecify.annotations.NullMarked;
