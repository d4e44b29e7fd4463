// Package cp is "kubectl sc cp".
package cp

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	kubectl "k8s.io/kubectl/pkg/cmd/cp"
	"k8s.io/kubectl/pkg/util/completion"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/starting"
)

// A path in a container, as kubectl cp has it: NAME:PATH or NAMESPACE/NAME:PATH.
var remote = regexp.MustCompile(`^(?:([a-z0-9][a-z0-9-]*)/)?([a-z0-9][a-z0-9.-]*):`)

// New makes the command: kubectl's own, for the pod of a StoppableContainer.
func New(plugin *cli.Plugin) *cobra.Command {
	options := kubectl.NewCopyOptions(plugin.IOStreams)
	var start starting.Flag
	command := &cobra.Command{
		Use:               "cp NAME:PATH PATH | PATH NAME:PATH [-c CONTAINER] [--start]",
		Short:             "copy files; one of both is NAME:PATH",
		Long:              "Copies files and folders; the container needs tar, as for kubectl cp.",
		ValidArgsFunction: complete(plugin),
		RunE: func(command *cobra.Command, paths []string) error {
			name, err := choose(plugin, command, paths)
			if err != nil {
				return err
			}
			containers, err := plugin.Containers()
			if err != nil {
				return err
			}
			one, err := start.Running(command.Context(), containers, name)
			if err != nil {
				return err
			}
			if options.Container == "" {
				options.Container = one.Container().Name
			}
			if err := options.Complete(plugin.Factory, command, paths); err != nil {
				return err
			}
			return options.Run()
		},
	}
	start.Add(command)
	flags := command.Flags()
	flags.StringVarP(&options.Container, "container", "c", "", "another container of the pod")
	flags.BoolVar(&options.NoPreserve, "no-preserve", false, "don't keep owner and permissions in the container")
	flags.IntVar(&options.MaxTries, "retries", 0, "how often a copy from a container is tried again; below 0 for ever")
	cobra.CheckErr(command.RegisterFlagCompletionFunc("container", completion.ContainerCompletionFunc(plugin.Factory)))
	return command
}

// choose returns the container that one of both paths is in.
func choose(plugin *cli.Plugin, command *cobra.Command, paths []string) (string, error) {
	if len(paths) != 2 {
		return "", cli.Wrong(command, "cp takes two paths, one of them as NAME:PATH")
	}
	var names []string
	for _, path := range paths {
		if found := remote.FindStringSubmatch(path); found != nil {
			names = append(names, found[2])
			if found[1] != "" {
				plugin.UseNamespace(found[1])
			}
		}
	}
	switch len(names) {
	case 0:
		return "", cli.Wrong(command, "one of both must be in a container: NAME:PATH")
	case 1:
		return names[0], nil
	}
	return "", cli.Wrong(command, "cp copies to or from one container: go by a file of this machine")
}

// complete offers containers and files.
func complete(plugin *cli.Plugin) cli.Completion {
	names := plugin.CompleteNames(cli.Any)
	return func(command *cobra.Command, before []string, start string) ([]string, cobra.ShellCompDirective) {
		alreadyRemote := slices.ContainsFunc(before, remote.MatchString)
		if len(before) > 1 || alreadyRemote || strings.ContainsAny(start, "/:") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		found, directive := names(command, nil, start)
		if directive == cobra.ShellCompDirectiveError {
			return nil, directive
		}
		for i := range found {
			found[i] += ":"
		}
		return found, cobra.ShellCompDirectiveNoSpace
	}
}
