// Package restore is "kubectl sc restore".
package restore

import (
	"context"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// mostName is how long the name of a restore may be: its snapshot has "-before" behind it.
const mostName = 56

type options struct {
	as      string
	toImage bool
	keep    []string
	waits   bool
	timeout cli.Timeout
}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "restore NAME SNAPSHOT|--to-image [--keep=PATH...] [--as=RESTORE] [--wait] [--timeout=5m]",
		Short: "give it the files of a snapshot, or of its template's image",
		Long: `Gives a stopped container the files of a snapshot, or with --to-image those of the image that its template names. One that runs is restored as soon as it is stopped. The files before are
kept as the snapshot RESTORE-before, until the restore is deleted. What lies at the paths of --keep stays as it is. The restore's name is RESTORE, or that of the container
and the time.`,
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			names, err := cli.ParseNames(command, words)
			if err != nil {
				return err
			}
			if o.toImage && len(names) == 1 {
				return o.run(command.Context(), plugin, names[0], "")
			}
			if o.toImage || len(names) != 2 {
				return cli.Wrong(command, "restore needs the NAME of a StoppableContainer, and a SNAPSHOT or --to-image: %s shows the snapshots",
					plugin.Next("snapshots"))
			}
			return o.run(command.Context(), plugin, names[0], names[1])
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.as, "as", "", "the name of the restore")
	flags.BoolVar(&o.toImage, "to-image", false, "begin anew on the image that its template names")
	flags.StringSliceVar(&o.keep, "keep", nil, "files and folders that stay as they are, such as /home")
	flags.BoolVar(&o.waits, "wait", false, "wait until it is done")
	cli.AddTimeout(flags, &o.timeout)
	for _, free := range []string{"as", "keep", "timeout"} {
		cobra.CheckErr(command.RegisterFlagCompletionFunc(free, cobra.NoFileCompletions))
	}
	return command
}

func (o *options) run(ctx context.Context, plugin *cli.Plugin, name, snapshot string) error {
	containers, err := plugin.Containers()
	if err != nil {
		return err
	}
	target, err := containers.Get(ctx, name)
	if err != nil {
		return err
	}
	if err := o.requireSnapshot(ctx, plugin, snapshot); err != nil {
		return err
	}
	restores, err := plugin.Restores()
	if err != nil {
		return err
	}
	as := o.as
	if as == "" {
		as = plugin.NameByTime(name, mostName)
	}
	err = restores.Create(ctx, as, name, snapshot, o.keep)
	switch {
	case apierrors.IsAlreadyExists(err):
		return cli.Fail(cli.Failed, "there is a restore %s already: give another name by --as", as)
	case err != nil:
		return err
	}
	if target.IsToRun() {
		plugin.Note("%s is restored when it is stopped: %s", name, plugin.Next("stop", name))
	}
	if !o.waits {
		plugin.Say("restore %s is created", as)
		return nil
	}
	return o.wait(ctx, plugin, restores, as)
}

func (o *options) requireSnapshot(ctx context.Context, plugin *cli.Plugin, name string) error {
	if o.toImage {
		return nil
	}
	snapshots, err := plugin.Snapshots()
	if err != nil {
		return err
	}
	_, err = snapshots.Get(ctx, name)
	if apierrors.IsNotFound(err) {
		return cli.Fail(cli.NotFound, "there is no snapshot %s: %s shows all", name, plugin.Next("snapshots"))
	}
	return err
}

func (o *options) wait(ctx context.Context, plugin *cli.Plugin, restores *cli.Restores, name string) error {
	return plugin.WaitUntil(ctx, o.timeout, func() (bool, error) {
		one, err := restores.Get(ctx, name)
		switch {
		case err != nil:
			return true, err
		case one.Status.Phase == api.RestoreDone:
			plugin.Say("restore %s is done; the files before are snapshot %s", name, one.Status.BeforeSnapshotName)
			return true, nil
		case one.Status.Phase == api.RestoreFailed:
			return true, cli.Fail(cli.Failed, "restore %s has failed: %s", name, cli.OneLine(one.Status.Message))
		}
		return false, cli.Fail(cli.TimedOut, "restore %s is not done: %s", name, cli.OneLine(one.Status.Message))
	})
}
