// Package starting starts the container that a command works in.
package starting

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// Flag is --start, and --timeout beside it.
type Flag struct {
	isSet   bool
	timeout cli.Timeout
}

// Add gives a command the flag.
func (f *Flag) Add(command *cobra.Command) {
	command.Flags().BoolVar(&f.isSet, "start", false, "start it first if it is stopped, and wait until it is ready")
	cli.AddTimeout(command.Flags(), &f.timeout)
}

// Start starts a container that does not run, if the user has set the flag. It prints nothing: the output is the command's.
func (f *Flag) Start(ctx context.Context, containers *cli.Containers, name string) error {
	if !f.isSet {
		return nil
	}
	one, err := containers.Get(ctx, name)
	if err != nil || one.Status.Phase == api.PhaseRunning && one.IsToRun() {
		return err
	}
	if _, err := containers.SetRunning(ctx, name, true); err != nil {
		return err
	}
	outcome := containers.Plugin().NewOutcome()
	wait := await.Wait{Containers: containers, Goal: await.Running, Timeout: time.Duration(f.timeout), Strict: true, Quiet: true}
	wait.For(ctx, outcome, []string{name})
	return outcome.Err()
}

// Running returns a container that runs, after Start.
func (f *Flag) Running(ctx context.Context, containers *cli.Containers, name string) (*api.StoppableContainer, error) {
	if err := f.Start(ctx, containers, name); err != nil {
		return nil, err
	}
	return containers.GetRunning(ctx, name)
}
