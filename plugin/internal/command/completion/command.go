// Package completion is "kubectl sc completion".
package completion

import (
	_ "embed"
	"strings"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// The scripts ask cobra's command __completeNoDesc, and complete "kubectl sc" beside kubectl's own completion.
var (
	//go:embed completion.bash
	bash string
	//go:embed completion.zsh
	zsh string
	//go:embed completion.fish
	fish string
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "print the completion of a shell",
		Long: `Prints the completion of a shell, for kubectl-sc and for "kubectl sc":

  bash: . <(kubectl sc completion bash)
  zsh:  . <(kubectl sc completion zsh), after compinit
  fish: kubectl sc completion fish | source

kubectl's own completion (1.26 or newer) needs no script: it finds kubectl_complete-sc, a link to kubectl-sc, on the PATH.`,
		ValidArgsFunction: cli.Fixed("bash", "zsh", "fish"),
		RunE: func(command *cobra.Command, words []string) error {
			switch strings.Join(words, " ") {
			case "bash":
				plugin.Say("%s", bash)
			case "zsh":
				plugin.Say("%s", zsh)
			case "fish":
				plugin.Say("%s", fish)
			default:
				return cli.Wrong(command, "completion takes bash, zsh or fish")
			}
			return nil
		},
	}
}
