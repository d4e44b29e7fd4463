/**
 * {@code sc-informer:NAME}: one exchange for each event of a fabric8 SharedIndexInformer. An
 * informer lists and watches again after the API server has closed its watch; the consumers of
 * camel-kubernetes are bare watches, which then stop.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.camel.informer;

import org.jspecify.annotations.NullMarked;
