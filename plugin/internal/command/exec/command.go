// Package exec is "kubectl sc exec".
package exec

import (
	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/session"
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	run := session.Session{Plugin: plugin}
	command := &cobra.Command{
		Use:   "exec NAME [-it] [-c CONTAINER] [--start] -- CMD [ARG...]",
		Short: "run a command in it",
		Long: "Runs a command in the container, or in another one of its pod with -c.\n" +
			"Ends with the exit code of the command.",
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			name, inside, err := session.Split(plugin, command, words)
			if err != nil {
				return err
			}
			if len(inside) == 0 {
				return cli.Wrong(command, "exec needs a command: %s", plugin.Next("exec", name, "--", "CMD"))
			}
			return run.Run(command.Context(), name, inside)
		},
	}
	command.Flags().BoolVarP(&run.Stdin, "stdin", "i", false, "pass on the standard input")
	command.Flags().BoolVarP(&run.TTY, "tty", "t", false, "the standard input is a terminal")
	run.AddFlags(command)
	return command
}
