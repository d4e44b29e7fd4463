package cli

import (
	"context"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// GetRunning reads a container that a command needs running; the error says what to do when it is not.
func (c *Containers) GetRunning(ctx context.Context, name string) (*api.StoppableContainer, error) {
	one, err := c.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	next, message := c.plugin.Next, OneLine(one.Status.Message)
	switch phase := one.Status.Phase; {
	case one.IsDeleting():
		return nil, Fail(NotRunning, "%s is being deleted", name)
	case phase == api.PhaseRunning:
		return one, nil
	case phase == api.PhaseFailed:
		return nil, Fail(NotRunning, "%s has failed: %s (%s says more)", name, message, next("status", name))
	case phase == api.PhaseStopped && !one.IsToRun():
		return nil, Fail(NotRunning, "%s is stopped: %s starts it", name, next("start", name, "--wait"))
	case !one.IsToRun():
		return nil, Fail(NotRunning, "%s does not run and is not meant to: %s starts it", name, next("start", name, "--wait"))
	}
	if message != "" {
		message = ": " + message
	}
	return nil, Fail(NotRunning, "%s is not running yet%s (%s waits, %s says why)",
		name, message, next("wait", name, "--for=running"), next("status", name))
}
