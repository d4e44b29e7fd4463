// Package list is "kubectl sc list".
package list

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/printers"
	kubectl "k8s.io/kubectl/pkg/cmd/get"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

const (
	wide = "wide"
	// A message of the table is at most so long; wide has all of it.
	shortMessage = 80
)

type options struct {
	selector   string
	output     string
	everywhere bool
	noHeaders  bool
	watch      bool
}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:     "list [NAME...] [-A] [-l SELECTOR] [-o wide|yaml|json|name] [-w] [--no-headers]",
		Aliases: []string{"ls", "ps", "get"},
		Short:   "show all and how they are (-A, -l, -o wide|yaml|json|name, -w)",
		Long: `Shows NAME, PHASE, NODE, SINCE and MESSAGE; wide adds what is wanted, the image, and all of the message.
-w goes on with what changes.`,
		ValidArgsFunction: plugin.CompleteNames(cli.Any),
		RunE: func(command *cobra.Command, words []string) error {
			names, err := cli.ParseNames(command, words)
			switch {
			case err != nil:
				return err
			case o.everywhere && len(names) > 0:
				return cli.Wrong(command, "a name is looked up in one namespace: leave -A out")
			case o.selector != "" && len(names) > 0:
				return cli.Wrong(command, "give names or -l SELECTOR")
			case o.watch, o.output != "" && o.output != wide:
				return o.get(plugin, names)
			}
			return o.table(command.Context(), plugin, names)
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.selector, "selector", "l", "", "those with these labels")
	flags.StringVarP(&o.output, "output", "o", "", "wide, or a format of kubectl get: yaml, json, name, jsonpath=...")
	flags.BoolVarP(&o.everywhere, "all-namespaces", "A", false, "those of all namespaces")
	flags.BoolVar(&o.noHeaders, "no-headers", false, "leave the headers out")
	flags.BoolVarP(&o.watch, "watch", "w", false, "go on with what changes")
	cobra.CheckErr(command.RegisterFlagCompletionFunc("output", cli.Fixed(wide, "yaml", "json", "name")))
	cobra.CheckErr(command.RegisterFlagCompletionFunc("selector", cobra.NoFileCompletions))
	return command
}

// get is kubectl get.
func (o *options) get(plugin *cli.Plugin, names []string) error {
	get := kubectl.NewGetOptions("kubectl", plugin.IOStreams)
	// Complete reads these flags; the user gave them to list.
	flags := &cobra.Command{}
	get.PrintFlags.AddFlags(flags)
	output := o.output
	if output == "" {
		output = wide
	}
	for flag, value := range map[string]string{"output": output, "no-headers": fmt.Sprint(o.noHeaders)} {
		if err := flags.Flags().Set(flag, value); err != nil {
			return err
		}
	}
	get.LabelSelector, get.AllNamespaces, get.Watch = o.selector, o.everywhere, o.watch
	words := append([]string{api.Resource.Resource + "." + api.Group}, names...)
	if err := get.Complete(plugin.Factory, flags, words); err != nil {
		return err
	}
	if err := get.Validate(); err != nil {
		return err
	}
	return get.Run(plugin.Factory, words)
}

// table shows the columns that a user wants to see.
func (o *options) table(ctx context.Context, plugin *cli.Plugin, names []string) error {
	containers, err := plugin.Containers()
	if err != nil {
		return err
	}
	outcome := plugin.NewOutcome()
	var found []api.StoppableContainer
	for _, name := range names {
		one, err := containers.Get(ctx, name)
		if err != nil {
			outcome.Failed(err)
			continue
		}
		found = append(found, *one)
	}
	if len(names) == 0 {
		if found, err = containers.List(ctx, o.selector, o.everywhere); err != nil {
			return err
		}
		if len(found) == 0 {
			namespace := containers.Namespace()
			if o.everywhere {
				namespace = ""
			}
			plugin.Note("%s: %s makes one", cli.None(o.selector, namespace), plugin.Next("create", "NAME", "--image=IMAGE"))
		}
	}
	if len(found) == 0 {
		return outcome.Err()
	}
	writer := printers.GetNewTabWriter(plugin.Out)
	var lines []string
	if !o.noHeaders {
		lines = append(lines, strings.Join(o.headers(), "\t"))
	}
	for i := range found {
		lines = append(lines, strings.Join(o.row(plugin, &found[i]), "\t"))
	}
	if _, err := fmt.Fprintln(writer, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if err := writer.Flush(); err != nil {
		return err
	}
	return outcome.Err()
}

func (o *options) headers() []string {
	headers := []string{"NAME", "PHASE", "NODE", "SINCE"}
	if o.everywhere {
		headers = append([]string{"NAMESPACE"}, headers...)
	}
	if o.output == wide {
		headers = append(headers, "WANTED", "IMAGE")
	}
	return append(headers, "MESSAGE")
}

func (o *options) row(plugin *cli.Plugin, one *api.StoppableContainer) []string {
	status := one.Status
	phase, message := status.Phase, cli.OneLine(status.Message)
	if phase == "" {
		message = "The operator has not taken it up yet."
	}
	if one.IsDeleting() {
		phase = "Deleting"
	}
	cells := []string{one.Name, dash(phase), dash(status.NodeName), plugin.Age(status.Since.Time)}
	if o.everywhere {
		cells = append([]string{one.Namespace}, cells...)
	}
	if o.output == wide {
		return append(cells, one.Wanted(), cli.OneLine(one.Container().Image), message)
	}
	return append(cells, shorten(message))
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func shorten(message string) string {
	if letters := []rune(message); len(letters) > shortMessage {
		return string(letters[:shortMessage-3]) + "..."
	}
	return message
}
