/**
 * A container beside a plain pod of the same spec: the same environment, volumes, probes, commands.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.pod;

import org.jspecify.annotations.NullMarked;
