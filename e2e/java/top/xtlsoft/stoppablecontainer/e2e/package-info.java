/** Tests on a real cluster, one class for each feature; {@code e2e/README.md} tells how to run. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e;

import org.jspecify.annotations.NullMarked;
