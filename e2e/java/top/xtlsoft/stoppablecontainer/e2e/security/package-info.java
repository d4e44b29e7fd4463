/** Rights, admission, and what a hostile user, image or pod can reach. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.security;

import org.jspecify.annotations.NullMarked;
