// Package logs is "kubectl sc logs".
package logs

import (
	"github.com/spf13/cobra"
	kubectl "k8s.io/kubectl/pkg/cmd/logs"
	"k8s.io/kubectl/pkg/util/completion"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/starting"
)

// Flags of kubectl logs that choose pods.
var choosing = []string{"selector", "all-pods", "max-log-requests"}

// New makes the command: kubectl's own, for the pods of a StoppableContainer.
func New(plugin *cli.Plugin) *cobra.Command {
	options := kubectl.NewLogsOptions(plugin.IOStreams)
	var provider bool
	var start starting.Flag
	command := &cobra.Command{
		Use:               "logs NAME [-f] [-p] [-c CONTAINER] [--start] [--provider]",
		Short:             "show what it writes (-f, --tail, --since, -p)",
		Long:              "Shows what the container writes. --provider: the pod that mounts the file system.",
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			for _, flag := range choosing {
				if command.Flags().Changed(flag) {
					return cli.Wrong(command, "logs knows no flag --%s", flag)
				}
			}
			name, err := cli.ParseName(command, words)
			if err != nil {
				return err
			}
			containers, err := plugin.Containers()
			if err != nil {
				return err
			}
			if err := start.Start(command.Context(), containers, name); err != nil {
				return err
			}
			one, err := containers.Get(command.Context(), name)
			if err != nil {
				return err
			}
			pod, container := name, one.Container().Name
			switch {
			case provider:
				pod, container = name+api.ProviderSuffix, api.ProviderContainer
			case one.Status.Phase == api.PhaseStopped && !one.IsToRun():
				return cli.Fail(cli.NotRunning, "%s is stopped, and what it wrote went with its pod: %s starts it",
					name, plugin.Next("start", name, "--wait"))
			}
			if options.Container == "" && !options.AllContainers {
				options.Container = container
			}
			if err := follow(plugin, command, options, pod); err != nil {
				code := plugin.Report(err)
				plugin.Note("%s shows how %s is", plugin.Next("status", name), name)
				return &cli.Error{Code: code}
			}
			return nil
		},
	}
	options.AddFlags(command)
	start.Add(command)
	command.Flags().BoolVar(&provider, "provider", false, "show the pod that mounts the file system")
	cobra.CheckErr(command.RegisterFlagCompletionFunc("container", completion.ContainerCompletionFunc(plugin.Factory)))
	for _, flag := range choosing {
		cobra.CheckErr(command.Flags().MarkHidden(flag))
	}
	return command
}

func follow(plugin *cli.Plugin, command *cobra.Command, options *kubectl.LogsOptions, pod string) error {
	if err := options.Complete(plugin.Factory, command, []string{pod}); err != nil {
		return err
	}
	if err := options.Validate(); err != nil {
		return err
	}
	return options.RunLogs()
}
