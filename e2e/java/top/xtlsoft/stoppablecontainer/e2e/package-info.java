/**
 * Tests on a real cluster, in a folder for each feature. {@code e2e/README.md} describes how to run
 * them, {@code e2e/tests.md} lists them.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e;

import org.jspecify.annotations.NullMarked;
