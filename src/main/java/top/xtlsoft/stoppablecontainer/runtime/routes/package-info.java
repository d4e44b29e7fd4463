/**
 * What both programs hang on the beginnings and ends of their routes, and the Camel properties that
 * they share.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.runtime.routes;

import org.jspecify.annotations.NullMarked;
