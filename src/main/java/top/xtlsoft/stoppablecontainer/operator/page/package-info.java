/**
 * The web page: fixed files on a port of their own. They hold no data and no rights; what they show
 * and do, the browser asks the API server for, in its user's name.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.page;

import org.jspecify.annotations.NullMarked;
