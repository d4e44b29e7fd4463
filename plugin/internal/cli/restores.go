package cli

import (
	"context"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// Restores reads and makes the restores of a namespace.
type Restores struct{ *objects[api.Restore] }

// Restores returns those of the namespace that the command works in.
func (p *Plugin) Restores() (*Restores, error) {
	all, err := objectsOf[api.Restore](p, api.RestoreResource, api.RestoreKind)
	return &Restores{all}, err
}

// Create makes one that gives a StoppableContainer the files of a snapshot, or without one those of its image, but for
// those at some paths.
func (r *Restores) Create(ctx context.Context, name, target, snapshot string, keep []string) error {
	spec := map[string]any{"target": map[string]any{"name": target}}
	if snapshot == "" {
		spec["toImage"] = true
	} else {
		spec["snapshotName"] = snapshot
	}
	if len(keep) > 0 {
		paths := make([]any, len(keep))
		for i, path := range keep {
			paths[i] = path
		}
		spec["keepPaths"] = paths
	}
	return r.create(ctx, name, spec)
}
