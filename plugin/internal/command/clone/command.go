// Package clone is "kubectl sc clone".
package clone

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

type options struct {
	snapshot string
	stopped  bool
	reset    bool
	waits    bool
	timeout  cli.Timeout
}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "clone NAME NEW [--snapshot=SNAPSHOT] [--reset-identity] [--stopped] [--wait] [--timeout=5m]",
		Short: "make another one with its template and its files",
		Long: `Makes a StoppableContainer NEW with the template of NAME. It begins with the files of a snapshot, or with those that NAME
has when it is stopped. No file is copied. With --reset-identity it has no machine ID and no SSH host keys, and makes its own.`,
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			names, err := cli.ParseNames(command, words)
			if err != nil {
				return err
			}
			if len(names) != 2 {
				return cli.Wrong(command, "clone needs the NAME of a StoppableContainer and the NEW name")
			}
			return o.run(command.Context(), plugin, names[0], names[1])
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.snapshot, "snapshot", "", "a snapshot whose files it begins with")
	flags.BoolVar(&o.reset, "reset-identity", false, "drop the machine ID and the SSH host keys of NAME")
	flags.BoolVar(&o.stopped, "stopped", false, "don't start it")
	flags.BoolVar(&o.waits, "wait", false, "wait until it is ready, or with --stopped until it is stopped")
	cli.AddTimeout(flags, &o.timeout)
	for _, free := range []string{"snapshot", "timeout"} {
		cobra.CheckErr(command.RegisterFlagCompletionFunc(free, cobra.NoFileCompletions))
	}
	return command
}

func (o *options) run(ctx context.Context, plugin *cli.Plugin, name, clone string) error {
	containers, err := plugin.Containers()
	if err != nil {
		return err
	}
	source, err := containers.Raw(ctx, name)
	if err != nil {
		return err
	}
	_, err = containers.Create(ctx, o.object(source, name, clone), false)
	switch {
	case apierrors.IsAlreadyExists(err):
		return cli.Fail(cli.Failed, "there is a StoppableContainer %s already", clone)
	case err != nil:
		return err
	}
	if running, _, _ := unstructured.NestedBool(source.Object, "spec", "running"); running && o.snapshot == "" {
		plugin.Note("%s gets its files when %s is stopped: %s", clone, name, plugin.Next("stop", name))
	}
	if !o.waits {
		plugin.Say("%s is created", clone)
		return nil
	}
	outcome := plugin.NewOutcome()
	wait := await.Wait{Containers: containers, Goal: o.goal(), Timeout: time.Duration(o.timeout), Strict: true}
	wait.For(ctx, outcome, []string{clone})
	return outcome.Err()
}

func (o *options) goal() await.Goal {
	if o.stopped {
		return await.Stopped
	}
	return await.Running
}

// object has what the source has, but its state and its own source.
func (o *options) object(source *unstructured.Unstructured, name, clone string) *unstructured.Unstructured {
	spec, _, _ := unstructured.NestedMap(source.Object, "spec")
	if spec == nil {
		spec = map[string]any{}
	}
	spec["running"] = !o.stopped
	files := map[string]any{"containerName": name}
	if o.snapshot != "" {
		files = map[string]any{"snapshotName": o.snapshot}
	}
	if o.reset {
		files["resetIdentity"] = map[string]any{}
	}
	spec["source"] = files
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": api.Group + "/" + api.Version,
		"kind":       api.Kind,
		"metadata":   map[string]any{"name": clone, "namespace": source.GetNamespace()},
		"spec":       spec,
	}}
}
