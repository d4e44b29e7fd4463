/**
 * The web page: fixed files at their own port, without data and without rights. The browser itself
 * asks the API server, as its user.
 *
 * <p>Invariants: the server reads no request body, and knows no token.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.page;

import org.jspecify.annotations.NullMarked;
