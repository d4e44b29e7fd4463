/**
 * {@code sc-informer:NAME}: one exchange for each event of a fabric8 SharedIndexInformer.
 * camel-kubernetes' own consumers are bare watches, which go deaf when the API server closes them;
 * an informer lists again and goes on.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.camel.informer;

import org.jspecify.annotations.NullMarked;
