package cli

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

const (
	// pageSize is how many objects one answer of a list may have.
	pageSize     = 500
	betweenLooks = 300 * time.Millisecond
)

// objects reads and makes the objects of one kind in a namespace.
type objects[T any] struct {
	client dynamic.ResourceInterface
	kind   string
}

// objectsOf returns those of the namespace that the command works in.
func objectsOf[T any](p *Plugin, resource schema.GroupVersionResource, kind string) (*objects[T], error) {
	namespace, err := p.Namespace()
	if err != nil {
		return nil, err
	}
	client, err := p.Dynamic()
	if err != nil {
		return nil, err
	}
	return &objects[T]{client: client.Resource(resource).Namespace(namespace), kind: kind}, nil
}

// Get reads one.
func (o *objects[T]) Get(ctx context.Context, name string) (*T, error) {
	object, err := o.client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return typed[T](object)
}

// List reads all.
func (o *objects[T]) List(ctx context.Context) ([]T, error) {
	return list[T](ctx, o.client, metav1.ListOptions{})
}

func (o *objects[T]) create(ctx context.Context, name string, spec map[string]any) error {
	_, err := o.client.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": api.Group + "/" + api.Version,
		"kind":       o.kind,
		"metadata":   map[string]any{"name": name},
		"spec":       spec,
	}}, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}

// list reads all pages.
func list[T any](ctx context.Context, client dynamic.ResourceInterface, options metav1.ListOptions) ([]T, error) {
	var found []T
	options.Limit = pageSize
	for {
		page, err := client.List(ctx, options)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			one, err := typed[T](&page.Items[i])
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

func typed[T any](object *unstructured.Unstructured) (*T, error) {
	one := new(T)
	return one, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, one)
}

// WaitUntil looks again and again until it is over. What the last look says when the time has run out is the error.
func (p *Plugin) WaitUntil(ctx context.Context, timeout Timeout, look func() (over bool, err error)) error {
	began := p.Now()
	for {
		over, err := look()
		if over || p.Now().Sub(began) >= time.Duration(timeout) {
			return err
		}
		if err := p.Pause(ctx, betweenLooks); err != nil {
			return err
		}
	}
}
