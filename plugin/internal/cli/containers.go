package cli

import (
	"context"
	"encoding/json"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// Containers reads and writes the StoppableContainers of a namespace. It answers with an *Error where it knows more than
// the API server says.
type Containers struct {
	plugin    *Plugin
	client    dynamic.NamespaceableResourceInterface
	namespace string
}

// Containers returns those of the namespace that the command works in.
func (p *Plugin) Containers() (*Containers, error) {
	namespace, err := p.Namespace()
	if err != nil {
		return nil, err
	}
	client, err := p.Dynamic()
	if err != nil {
		return nil, err
	}
	return &Containers{plugin: p, client: client.Resource(api.Resource), namespace: namespace}, nil
}

// Plugin returns the plugin that reads them.
func (c *Containers) Plugin() *Plugin { return c.plugin }

// Namespace returns the namespace of these containers.
func (c *Containers) Namespace() string { return c.namespace }

// Get reads one; the error has the code NotFound when there is none.
func (c *Containers) Get(ctx context.Context, name string) (*api.StoppableContainer, error) {
	object, err := c.client.Namespace(c.namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, c.explain(name, err)
	}
	return typed[api.StoppableContainer](object)
}

// Raw reads one with all its fields.
func (c *Containers) Raw(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	object, err := c.client.Namespace(c.namespace).Get(ctx, name, metav1.GetOptions{})
	return object, c.explain(name, err)
}

// List reads those that a label selector matches, of all namespaces or of this one.
func (c *Containers) List(ctx context.Context, selector string, everywhere bool) ([]api.StoppableContainer, error) {
	namespace := c.namespace
	if everywhere {
		namespace = metav1.NamespaceAll
	}
	found, err := list[api.StoppableContainer](ctx, c.client.Namespace(namespace), metav1.ListOptions{LabelSelector: selector})
	return found, c.explain("", err)
}

// SetRunning sets spec.running and reports whether that is a change. The time of the wish, in an annotation, overrules
// schedule and idle stop even if spec.running has that value already.
func (c *Containers) SetRunning(ctx context.Context, name string, running bool) (bool, error) {
	before, err := c.Get(ctx, name)
	if err != nil || before.Spec.Running == running && before.IsToRun() == running {
		return false, err
	}
	change := map[string]any{"spec": map[string]any{"running": running}}
	if before.Spec.ChangesByItself() {
		now := c.plugin.Now().UTC().Format(time.RFC3339)
		change["metadata"] = map[string]any{"annotations": map[string]any{api.AnnotationRunningSetAt: now}}
	}
	return true, c.patch(ctx, name, change)
}

// Annotate sets an annotation, or removes it when the value is nil.
func (c *Containers) Annotate(ctx context.Context, name, annotation string, value *string) error {
	return c.patch(ctx, name, map[string]any{"metadata": map[string]any{"annotations": map[string]any{annotation: value}}})
}

func (c *Containers) patch(ctx context.Context, name string, change map[string]any) error {
	patch, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = c.client.Namespace(c.namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	return c.explain(name, err)
}

// Create makes one; dryRun has the API server check it alone. It returns what the API server makes of it.
func (c *Containers) Create(ctx context.Context, object *unstructured.Unstructured, dryRun bool) (*unstructured.Unstructured, error) {
	options := metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	created, err := c.client.Namespace(c.namespace).Create(ctx, object, options)
	return created, c.explain("", err)
}

// Delete asks for the removal of one and of its file system.
func (c *Containers) Delete(ctx context.Context, name string) error {
	return c.explain(name, c.client.Namespace(c.namespace).Delete(ctx, name, metav1.DeleteOptions{}))
}

// explain says what the API server's error means here.
func (c *Containers) explain(name string, err error) error {
	switch {
	// The API server does not know the kind.
	case apierrors.IsNotFound(err) && apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse):
		return Fail(Failed, "StoppableContainer is not installed in this cluster; kubectl config current-context shows which cluster it is")
	case apierrors.IsNotFound(err) && name != "":
		return Fail(NotFound, "there is no StoppableContainer %s in namespace %s: %s shows all",
			name, c.namespace, c.plugin.Next("list"))
	}
	return err
}
