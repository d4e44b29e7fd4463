// Package wait is "kubectl sc wait".
package wait

import (
	"time"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var choice cli.Choice
	var goal string
	var timeout cli.Timeout
	command := &cobra.Command{
		Use:   "wait NAME...|-l SELECTOR|--all --for=running|stopped|deleted [--timeout=5m]",
		Short: "wait until containers run, have stopped, or are deleted",
		Long: "Waits until containers run, have stopped, or are deleted.\n" +
			"Ends at once, with exit code 1, when a container has failed for good.",
		ValidArgsFunction: plugin.CompleteNames(cli.Any),
		RunE: func(command *cobra.Command, words []string) error {
			names, err := choice.Names(command.Context(), plugin, command, words)
			if err != nil {
				return err
			}
			switch await.Goal(goal) {
			case await.Running, await.Stopped, await.Deleted:
			case "":
				return cli.Wrong(command, "wait needs --for=running, --for=stopped or --for=deleted")
			default:
				return cli.Wrong(command, "wait knows no --for=%s: use running, stopped or deleted", goal)
			}
			containers, err := plugin.Containers()
			if err != nil {
				return err
			}
			wait := await.Wait{Containers: containers, Goal: await.Goal(goal), Timeout: time.Duration(timeout)}
			outcome := plugin.NewOutcome()
			wait.For(command.Context(), outcome, names)
			return outcome.Err()
		},
	}
	choice.AddFlags(command)
	command.Flags().StringVar(&goal, "for", "", "what to wait for: running, stopped or deleted")
	cobra.CheckErr(command.RegisterFlagCompletionFunc("for",
		cli.Fixed(string(await.Running), string(await.Stopped), string(await.Deleted))))
	cli.AddTimeout(command.Flags(), &timeout)
	return command
}
