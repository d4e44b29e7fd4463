// Package session runs a command in a container.
package session

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/cmd/exec"
	"k8s.io/kubectl/pkg/util/completion"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/starting"
)

// Session is one command in one container.
type Session struct {
	Plugin *cli.Plugin
	Stdin  bool
	TTY    bool
	// Container is another one of the pod; empty for the stoppable one.
	Container string

	start starting.Flag
}

// AddFlags adds what kubectl exec has, and --start.
func (s *Session) AddFlags(command *cobra.Command) {
	s.start.Add(command)
	command.Flags().StringVarP(&s.Container, "container", "c", "", "another container of the pod")
	cobra.CheckErr(command.RegisterFlagCompletionFunc("container", completion.ContainerCompletionFunc(s.Plugin.Factory)))
}

// Split takes the words apart: the name, and the words behind --.
func Split(plugin *cli.Plugin, command *cobra.Command, words []string) (string, []string, error) {
	dash := command.ArgsLenAtDash()
	if dash < 0 && len(words) > 1 {
		// A flag of the command inside would have been taken as one of this command.
		return "", nil, cli.Wrong(command, "put -- between the name and the command: %s",
			plugin.Next(command.Name(), append([]string{words[0], "--"}, words[1:]...)...))
	}
	if dash < 0 {
		dash = len(words)
	}
	name, err := cli.ParseName(command, words[:dash])
	return name, words[dash:], err
}

// Run runs a command and returns its exit code as an error.
func (s *Session) Run(ctx context.Context, name string, words []string) error {
	containers, err := s.Plugin.Containers()
	if err != nil {
		return err
	}
	one, err := s.start.Running(ctx, containers, name)
	if err != nil {
		return err
	}
	client, err := s.Plugin.Core()
	if err != nil {
		return err
	}
	config, err := s.Plugin.Factory.ToRESTConfig()
	if err != nil {
		return err
	}
	container := one.Container().Name
	// Only the stoppable container has a persistent root; the others of the pod have their images' own.
	if s.Container == "" || s.Container == container {
		words = append([]string{api.Exec}, words...)
	} else {
		container = s.Container
	}
	options := exec.ExecOptions{
		StreamOptions: exec.StreamOptions{
			IOStreams:     s.Plugin.IOStreams,
			Namespace:     containers.Namespace(),
			PodName:       name,
			ContainerName: container,
			Stdin:         s.Stdin,
			TTY:           s.TTY,
		},
		Command:   words,
		Executor:  s.Plugin.Executor,
		PodClient: client,
		Config:    config,
	}
	if err := options.Validate(); err != nil {
		return err
	}
	return options.Run()
}
