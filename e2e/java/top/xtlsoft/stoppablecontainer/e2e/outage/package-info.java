/** Operator, node agent, API server or power fail, and no file is lost. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.outage;

import org.jspecify.annotations.NullMarked;
