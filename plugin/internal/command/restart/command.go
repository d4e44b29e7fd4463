// Package restart is "kubectl sc restart".
package restart

import (
	"context"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/several"
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return several.Command(plugin, &cobra.Command{
		Use:   "restart",
		Short: "stop, wait until all is on disk, and start",
		Long: "Stops containers, waits until their file systems are on disk, and starts them.\n" +
			"A container that was stopped is started.",
		ValidArgsFunction: plugin.CompleteNames(cli.Any),
	}, "until the containers are ready again", run)
}

func run(ctx context.Context, job *several.Job) {
	stopping := job.Each(job.Names, func(name string) error {
		_, err := job.Containers.SetRunning(ctx, name, false)
		return err
	})
	stopped := job.Wait(ctx, await.Stopped, stopping)
	started := job.SetRunning(ctx, stopped, true, "is starting", "is starting")
	if job.Waits {
		job.Wait(ctx, await.Running, started)
	}
}
