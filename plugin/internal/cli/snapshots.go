package cli

import (
	"context"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// Snapshots reads and makes the snapshots of a namespace.
type Snapshots struct{ *objects[api.Snapshot] }

// Snapshots returns those of the namespace that the command works in.
func (p *Plugin) Snapshots() (*Snapshots, error) {
	all, err := objectsOf[api.Snapshot](p, api.SnapshotResource, api.SnapshotKind)
	return &Snapshots{all}, err
}

// Create makes one of a StoppableContainer, which is stopped for it if it runs and stops is true.
func (s *Snapshots) Create(ctx context.Context, name, source string, stops bool) error {
	spec := map[string]any{"source": map[string]any{"name": source}}
	if stops {
		spec["stopIfNeeded"] = true
	}
	return s.create(ctx, name, spec)
}
