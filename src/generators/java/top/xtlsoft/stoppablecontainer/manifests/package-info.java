/**
 * The programs behind {@code make manifests}: they write the CRDs and the pages that describe the
 * API, the routes and the end-to-end tests. No image holds this package. Its output depends on the
 * classes of {@code api}, on the route files and on the sources of the end-to-end tests alone, and
 * the tests compare it with what is committed.
 */
package top.xtlsoft.stoppablecontainer.manifests;
