// Package shell is "kubectl sc shell".
package shell

import (
	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/term"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/session"
)

// anyShell runs bash where the image has it, sh elsewhere.
var anyShell = []string{"sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	run := session.Session{Plugin: plugin, Stdin: true}
	command := &cobra.Command{
		Use:               "shell NAME [-c CONTAINER] [--start] [-- SHELL [ARG...]]",
		Short:             "open a shell in it",
		Long:              "Opens bash where the container has it, sh elsewhere.",
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			name, shell, err := session.Split(plugin, command, words)
			if err != nil {
				return err
			}
			if len(shell) == 0 {
				shell = anyShell
			}
			// Commands from a pipe are taken as well.
			run.TTY = term.TTY{In: plugin.In}.IsTerminalIn()
			return run.Run(command.Context(), name, shell)
		},
	}
	run.AddFlags(command)
	return command
}
