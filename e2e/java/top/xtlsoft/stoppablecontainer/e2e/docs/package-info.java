/**
 * Commands of the README, the tutorials and the pages for operators and developers, typed as a user
 * types them.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.docs;

import org.jspecify.annotations.NullMarked;
