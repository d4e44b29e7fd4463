/** Create, stop, start, end, delete: by users, by Kubernetes and by accident. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import org.jspecify.annotations.NullMarked;
