/**
 * Tests of the C programs, {@code sc-exec} and {@code pause}: always the built binary, driven from
 * outside. {@code sc-exec/build} makes them; the system property {@code sc.bin} names another
 * folder.
 */
package top.xtlsoft.stoppablecontainer.scexec;
