package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.crd.generator.annotation.SelectableField;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * The operator's orders to the node agent. Only the operator writes it.
 *
 * @param nodeName node that keeps the file system; set once, when the provider pod is bound
 * @param hostPathPrefix folder on the node below which the file system is kept
 * @param image image that the file system is made from
 * @param running true from before a consumer pod is created until after it is gone; the generation
 *     of a false one shows the agent that no process writes any more
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "!has(oldSelf.nodeName) || (has(self.nodeName) && self.nodeName == oldSelf.nodeName)",
    message = "spec.nodeName can't be changed: the file system lies on that node")
public record StoppableContainerInstanceSpec(
    @JsonPropertyDescription("Node that keeps the file system.")
        @PrinterColumn(name = "Node")
        @SelectableField
        @Nullable String nodeName,
    @JsonPropertyDescription("Folder on the node below which the file system is kept.") @Required
        String hostPathPrefix,
    @JsonPropertyDescription("Image that the file system is made from.") @Required String image,
    @JsonPropertyDescription("Whether a consumer pod may write to the file system.") @Required
        boolean running) {}
