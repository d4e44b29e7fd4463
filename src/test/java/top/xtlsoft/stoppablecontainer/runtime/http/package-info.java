/** Tests of {@code top.xtlsoft.stoppablecontainer.runtime.http}. */
package top.xtlsoft.stoppablecontainer.runtime.http;
