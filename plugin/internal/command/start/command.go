// Package start is "kubectl sc start".
package start

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
		Use:               "start",
		Short:             "start with the file system as it was",
		Long:              "Starts containers with their file systems as they were.",
		ValidArgsFunction: plugin.CompleteNames(func(one *api.StoppableContainer) bool { return !one.IsToRun() }),
	}, "until the containers are ready", run)
}

func run(ctx context.Context, job *several.Job) {
	started := job.SetRunning(ctx, job.Names, true, "is starting", "was started before")
	if job.Waits {
		job.Wait(ctx, await.Running, started)
	}
}
