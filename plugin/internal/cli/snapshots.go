package cli

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// Snapshots reads and makes the snapshots of a namespace.
type Snapshots struct {
	client dynamic.ResourceInterface
}

// Snapshots returns those of the namespace that the command works in.
func (p *Plugin) Snapshots() (*Snapshots, error) {
	namespace, err := p.Namespace()
	if err != nil {
		return nil, err
	}
	client, err := p.Dynamic()
	if err != nil {
		return nil, err
	}
	return &Snapshots{client: client.Resource(api.SnapshotResource).Namespace(namespace)}, nil
}

// Get reads one.
func (s *Snapshots) Get(ctx context.Context, name string) (*api.Snapshot, error) {
	object, err := s.client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return typedSnapshot(object)
}

// List reads all.
func (s *Snapshots) List(ctx context.Context) ([]api.Snapshot, error) {
	var found []api.Snapshot
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := s.client.List(ctx, options)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			one, err := typedSnapshot(&page.Items[i])
			if err != nil {
				return nil, err
			}
			found = append(found, *one)
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return found, nil
		}
	}
}

// Create makes one of a StoppableContainer.
func (s *Snapshots) Create(ctx context.Context, name, source string) error {
	_, err := s.client.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": api.Group + "/" + api.Version,
		"kind":       api.SnapshotKind,
		"metadata":   map[string]any{"name": name},
		"spec":       map[string]any{"source": map[string]any{"name": source}},
	}}, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}

func typedSnapshot(object *unstructured.Unstructured) (*api.Snapshot, error) {
	one := &api.Snapshot{}
	return one, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, one)
}
