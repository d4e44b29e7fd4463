// Package snapshot is "kubectl sc snapshot".
package snapshot

import (
	"context"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// mostName is how long the name of a snapshot may be.
const mostName = 63

type options struct {
	as      string
	stops   bool
	waits   bool
	timeout cli.Timeout
}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "snapshot NAME [--as=SNAPSHOT] [--stop] [--wait] [--timeout=5m]",
		Short: "keep its files as they are now",
		Long: `Takes a snapshot of the files of a stopped container, without copying them. Of one that runs it is taken as soon as the
container is stopped: by you, or with --stop for the snapshot alone, after which it starts again. Its name is SNAPSHOT, or that of the container and the time.`,
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			name, err := cli.ParseName(command, words)
			if err != nil {
				return err
			}
			return o.run(command.Context(), plugin, name)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.as, "as", "", "the name of the snapshot")
	flags.BoolVar(&o.stops, "stop", false, "stop it if it runs, and start it again when the snapshot is taken")
	flags.BoolVar(&o.waits, "wait", false, "wait until it is taken")
	cli.AddTimeout(flags, &o.timeout)
	for _, free := range []string{"as", "timeout"} {
		cobra.CheckErr(command.RegisterFlagCompletionFunc(free, cobra.NoFileCompletions))
	}
	return command
}

func (o *options) run(ctx context.Context, plugin *cli.Plugin, name string) error {
	containers, err := plugin.Containers()
	if err != nil {
		return err
	}
	source, err := containers.Get(ctx, name)
	if err != nil {
		return err
	}
	snapshots, err := plugin.Snapshots()
	if err != nil {
		return err
	}
	as := o.as
	if as == "" {
		as = plugin.NameByTime(name, mostName)
	}
	err = snapshots.Create(ctx, as, name, o.stops)
	switch {
	case apierrors.IsAlreadyExists(err):
		return cli.Fail(cli.Failed, "there is a snapshot %s already: %s shows it", as, plugin.Next("snapshots"))
	case err != nil:
		return err
	}
	if source.IsToRun() && !o.stops {
		plugin.Note("the snapshot is taken when %s is stopped: %s", name, plugin.Next("stop", name))
	}
	if !o.waits {
		plugin.Say("snapshot %s is being taken", as)
		return nil
	}
	return o.wait(ctx, plugin, snapshots, as)
}

func (o *options) wait(ctx context.Context, plugin *cli.Plugin, snapshots *cli.Snapshots, name string) error {
	return plugin.WaitUntil(ctx, o.timeout, func() (bool, error) {
		one, err := snapshots.Get(ctx, name)
		switch {
		case err != nil:
			return true, err
		case one.Status.Phase == api.SnapshotReady:
			plugin.Say("snapshot %s is ready", name)
			return true, nil
		case one.Status.Phase == api.SnapshotFailed:
			return true, cli.Fail(cli.Failed, "snapshot %s has failed: %s", name, cli.OneLine(one.Status.Message))
		}
		return false, cli.Fail(cli.TimedOut, "snapshot %s is not ready: %s", name, cli.OneLine(one.Status.Message))
	})
}
