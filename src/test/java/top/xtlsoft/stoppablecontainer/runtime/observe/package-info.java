/** Tests of {@code top.xtlsoft.stoppablecontainer.runtime.observe}. */
package top.xtlsoft.stoppablecontainer.runtime.observe;
