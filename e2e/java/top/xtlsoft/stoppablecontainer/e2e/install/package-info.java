/** Installation, upgrade and removal of the operator and the node agent. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.install;

import org.jspecify.annotations.NullMarked;
