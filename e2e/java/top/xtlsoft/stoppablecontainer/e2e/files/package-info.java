/**
 * The file system of a container: every change that survives, a full disk, files that lost their
 * owner, rescue.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.files;

import org.jspecify.annotations.NullMarked;
