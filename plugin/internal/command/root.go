// Package command is the plugin's command line: a folder for each command, and the list of them.
package command

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/clone"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/completion"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/cp"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/create"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/delete"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/exec"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/list"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/logs"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/orphans"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/restart"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/restore"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/shell"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/snapshot"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/snapshots"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/start"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/status"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/stop"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/trace"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/version"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command/wait"
)

// commands make the commands, in the order of the help.
var commands = []func(*cli.Plugin) *cobra.Command{
	list.New,
	create.New,
	start.New,
	stop.New,
	restart.New,
	exec.New,
	shell.New,
	logs.New,
	cp.New,
	status.New,
	wait.New,
	trace.New,
	snapshot.New,
	snapshots.New,
	restore.New,
	clone.New,
	delete.New,
	orphans.New,
	completion.New,
	version.New,
}

// completer is the name by which kubectl's own completion calls a plugin.
const completer = "kubectl_complete-sc"

const help = `{{.Annotations.headline}}

{{range .Commands}}{{if .IsAvailableCommand}}  kubectl sc {{rpad .Name .NamePadding}} {{.Short}}
{{end}}{{end}}
kubectl sc help COMMAND explains a command. The flags of every kubectl command are taken as well: -n/--namespace, --context,
--kubeconfig and so on (kubectl options lists them).

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 it is not running; 4 there is no such StoppableContainer; 124 timed out.
exec, shell, logs and cp end with the code of the command or of kubectl.
`

const commandHelp = `{{.UseLine}}

{{.Long}}
{{if .HasAvailableLocalFlags}}
{{.LocalFlags.FlagUsages}}{{end}}`

const headline = "kubectl sc: containers that stop and start again with their whole root file system."

// Root makes the command line.
func Root(plugin *cli.Plugin) *cobra.Command {
	cobra.EnableCommandSorting = false
	var showVersion bool
	root := &cobra.Command{
		Use:           "kubectl-sc",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl sc", "headline": headline},
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(root *cobra.Command, words []string) error {
			if len(words) > 0 {
				return cli.Wrong(root, "there is no command %s", words[0])
			}
			return nil
		},
		RunE: func(root *cobra.Command, _ []string) error {
			if showVersion {
				shown := version.New(plugin)
				shown.SetContext(root.Context())
				return shown.RunE(shown, nil)
			}
			return root.Help()
		},
	}
	root.SetIn(plugin.In)
	root.SetOut(plugin.Out)
	root.SetErr(plugin.ErrOut)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpTemplate(help)
	plugin.AddFlags(root.PersistentFlags())
	root.Flags().BoolVar(&showVersion, "version", false, "print the versions of the plugin and of the operator")
	for _, make := range commands {
		command := make(plugin)
		command.DisableFlagsInUseLine = true
		command.SetHelpTemplate(commandHelp)
		root.AddCommand(command)
	}
	cobra.CheckErr(plugin.CompleteFlags(root))
	return root
}

// wrongFlag says what pflag found wrong with the flags.
func wrongFlag(command *cobra.Command, err error) error {
	found := unknownFlag.FindStringSubmatch(err.Error())
	switch {
	case found == nil:
		return cli.Wrong(command, "%s", err)
	case command.HasParent():
		return cli.Wrong(command, "%s knows no flag %s", command.Name(), found[1])
	}
	return cli.Wrong(command, "there is no flag %s", found[1])
}

// unknownFlag is how pflag says that a flag is unknown.
var unknownFlag = regexp.MustCompile(`^unknown (?:shorthand )?flag: (?:.* in )?(-.*)$`)

// Run runs a command line and returns the exit code.
func Run(plugin *cli.Plugin, words []string) int {
	program, arguments := words[0], words[1:]
	if strings.TrimSuffix(filepath.Base(program), ".exe") == completer {
		arguments = append([]string{cobra.ShellCompNoDescRequestCmd}, arguments...)
	}
	root := Root(plugin)
	root.SetArgs(arguments)
	if err := root.ExecuteContext(context.Background()); err != nil {
		return plugin.Report(err)
	}
	return 0
}
