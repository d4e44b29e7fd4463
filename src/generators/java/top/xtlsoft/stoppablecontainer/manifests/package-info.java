/**
 * The programs behind {@code make manifests}: they write the CRDs and the pages that describe the
 * API and the routes. No image holds this package. Its output depends on the classes of {@code api}
 * and on the route files alone, and the tests compare it with what is committed.
 */
package top.xtlsoft.stoppablecontainer.manifests;
