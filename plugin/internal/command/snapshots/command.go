// Package snapshots is "kubectl sc snapshots".
package snapshots

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/printers"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return &cobra.Command{
		Use:               "snapshots [NAME...]",
		Short:             "show the snapshots of the namespace, or those of a container",
		Long:              "Shows the snapshots of the namespace, or those of the containers of these names.",
		ValidArgsFunction: plugin.CompleteNames(cli.Any),
		RunE: func(command *cobra.Command, words []string) error {
			names, err := cli.ParseNames(command, words)
			if err != nil {
				return err
			}
			return show(command.Context(), plugin, names)
		},
	}
}

func show(ctx context.Context, plugin *cli.Plugin, of []string) error {
	snapshots, err := plugin.Snapshots()
	if err != nil {
		return err
	}
	found, err := snapshots.List(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, name := range of {
		wanted[name] = true
	}
	lines := []string{"NAME\tSOURCE\tPHASE\tNODE\tLAYERS\tSIZE\tAGE\tMESSAGE"}
	for i := range found {
		one := &found[i]
		if len(wanted) > 0 && !wanted[one.Spec.Source.Name] {
			continue
		}
		layers := "-"
		if one.Status.Layers != nil {
			layers = fmt.Sprint(*one.Status.Layers)
		}
		lines = append(lines, strings.Join([]string{
			one.Name, one.Spec.Source.Name, orDash(one.Status.Phase), orDash(one.Status.NodeName), layers,
			cli.Size(one.Status.Bytes), plugin.Age(one.CreationTimestamp.Time), cli.OneLine(one.Status.Message),
		}, "\t"))
	}
	if len(lines) == 1 {
		plugin.Note("there is no snapshot")
		return nil
	}
	writer := printers.GetNewTabWriter(plugin.Out)
	if _, err := fmt.Fprintln(writer, strings.Join(lines, "\n")); err != nil {
		return err
	}
	return writer.Flush()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return cli.OneLine(text)
}
