// Package delete is "kubectl sc delete".
package delete

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
		Use:               "delete",
		Aliases:           []string{"rm"},
		Short:             "delete, with the file system",
		Long:              "Deletes containers with their file systems. It does not ask.",
		ValidArgsFunction: plugin.CompleteNames(cli.Any),
	}, "until nothing of them is left on the node", run)
}

func run(ctx context.Context, job *several.Job) {
	deleted := job.Each(job.Names, func(name string) error { return job.Containers.Delete(ctx, name) })
	if job.Waits {
		job.Wait(ctx, await.Deleted, deleted)
		return
	}
	for _, name := range deleted {
		job.Say("%s is being deleted, with its file system", name)
	}
}
