// Package stop is "kubectl sc stop".
package stop

import (
	"context"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/several"
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return several.Command(plugin, &cobra.Command{
		Use:               "stop",
		Short:             "stop and keep the file system",
		Long:              "Stops the processes of containers and keeps their file systems.",
		ValidArgsFunction: plugin.CompleteNames(func(one *api.StoppableContainer) bool { return one.IsToRun() }),
	}, "until the file systems are on disk", run)
}

func run(ctx context.Context, job *several.Job) {
	stopped := job.SetRunning(ctx, job.Names, false, "is stopping", "was stopped before")
	if job.Waits {
		job.Wait(ctx, await.Stopped, stopped)
	}
}
