package cli

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// Restores reads and makes the restores of a namespace.
type Restores struct {
	client dynamic.ResourceInterface
}

// Restores returns those of the namespace that the command works in.
func (p *Plugin) Restores() (*Restores, error) {
	namespace, err := p.Namespace()
	if err != nil {
		return nil, err
	}
	client, err := p.Dynamic()
	if err != nil {
		return nil, err
	}
	return &Restores{client: client.Resource(api.RestoreResource).Namespace(namespace)}, nil
}

// Get reads one.
func (r *Restores) Get(ctx context.Context, name string) (*api.Restore, error) {
	object, err := r.client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	one := &api.Restore{}
	return one, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, one)
}

// Create makes one that gives a StoppableContainer the files of a snapshot.
func (r *Restores) Create(ctx context.Context, name, target, snapshot string) error {
	_, err := r.client.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": api.Group + "/" + api.Version,
		"kind":       api.RestoreKind,
		"metadata":   map[string]any{"name": name},
		"spec":       map[string]any{"target": map[string]any{"name": target}, "snapshotName": snapshot},
	}}, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}
