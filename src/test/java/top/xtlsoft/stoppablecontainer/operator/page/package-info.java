/** Tests of {@code top.xtlsoft.stoppablecontainer.operator.page}. */
package top.xtlsoft.stoppablecontainer.operator.page;
