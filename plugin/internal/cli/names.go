package cli

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubectl/pkg/util/completion"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

var (
	kindPrefix = regexp.MustCompile(`^(sc|stoppablecontainer|stoppablecontainers|stoppablecontainers\.` + regexp.QuoteMeta(api.Group) + `)/`)
	namePart   = regexp.MustCompile(`^[a-z0-9.][a-z0-9.-]*$`)
)

// ParseNames returns the names, each once, without a kind before them ("sc/box").
func ParseNames(command *cobra.Command, words []string) ([]string, error) {
	var names []string
	for _, word := range words {
		name := kindPrefix.ReplaceAllString(word, "")
		if !namePart.MatchString(name) {
			return nil, Wrong(command, "'%s' can't be the name of a StoppableContainer: names have a-z, 0-9, - and .", word)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// ParseName returns the only name.
func ParseName(command *cobra.Command, words []string) (string, error) {
	names, err := ParseNames(command, words)
	switch {
	case err != nil:
		return "", err
	case len(names) == 0:
		return "", Wrong(command, "%s needs the NAME of a StoppableContainer", command.Name())
	case len(names) > 1:
		return "", Wrong(command, "%s takes one NAME", command.Name())
	}
	return names[0], nil
}

// NameByTime makes the name of a new object from that of a container and the time.
func (p *Plugin) NameByTime(name string, most int) string {
	suffix := p.Now().UTC().Format("-20060102-150405")
	return name[:min(len(name), most-len(suffix))] + suffix
}

// Choice is which containers a command works on: names, those that a selector matches, or all of the namespace.
type Choice struct {
	selector   string
	all        bool
	everywhere bool
}

// AddFlags adds the flags that choose.
func (c *Choice) AddFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVarP(&c.selector, "selector", "l", "", "those with these labels")
	flags.BoolVar(&c.all, "all", false, "all of the namespace")
	// For the error alone: kubectl's users type it.
	flags.BoolVarP(&c.everywhere, "all-namespaces", "A", false, "")
	cobra.CheckErr(flags.MarkHidden("all-namespaces"))
}

// Names returns the names of the chosen ones; none when nothing is to be done.
func (c *Choice) Names(ctx context.Context, plugin *Plugin, command *cobra.Command, words []string) ([]string, error) {
	names, err := ParseNames(command, words)
	switch {
	case err != nil:
		return nil, err
	case c.everywhere:
		return nil, Wrong(command, "%s works in one namespace: -A is for list", command.Name())
	case !c.all && c.selector == "":
		if len(names) == 0 {
			return nil, Wrong(command, "%s needs NAMES, -l SELECTOR or --all", command.Name())
		}
		return names, nil
	case len(names) > 0:
		return nil, Wrong(command, "give names, or -l SELECTOR, or --all")
	case c.all && c.selector != "":
		return nil, Wrong(command, "give -l SELECTOR or --all")
	}
	containers, err := plugin.Containers()
	if err != nil {
		return nil, err
	}
	found, err := containers.List(ctx, c.selector, false)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		plugin.Note("%s: nothing to do", None(c.selector, containers.Namespace()))
	}
	for _, one := range found {
		names = append(names, one.Name)
	}
	return names, nil
}

// None says that no StoppableContainer matches.
func None(selector, namespace string) string {
	text := "no StoppableContainer"
	if selector != "" {
		text += " with " + selector
	}
	if namespace == "" {
		return text + " in any namespace"
	}
	return text + " in namespace " + namespace
}

// Completion completes a word of a command.
type Completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// CompleteNames completes the names of the containers that a command is for, each once.
func (p *Plugin) CompleteNames(fits func(*api.StoppableContainer) bool) Completion {
	return func(command *cobra.Command, before []string, start string) ([]string, cobra.ShellCompDirective) {
		containers, err := p.Containers()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		found, err := containers.List(command.Context(), "", false)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []string
		for i := range found {
			one := &found[i]
			if strings.HasPrefix(one.Name, start) && !slices.Contains(before, one.Name) && fits(one) {
				names = append(names, one.Name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteName completes the only name of a command.
func (p *Plugin) CompleteName() Completion {
	names := p.CompleteNames(Any)
	return func(command *cobra.Command, before []string, start string) ([]string, cobra.ShellCompDirective) {
		if len(before) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(command, before, start)
	}
}

// Any is for commands that fit every container.
func Any(*api.StoppableContainer) bool { return true }

// CompleteFlags completes the values of the flags of every kubectl command.
func (p *Plugin) CompleteFlags(root *cobra.Command) error {
	completion.SetFactoryForCompletion(p.Factory)
	namespaces := func(_ *cobra.Command, _ []string, start string) ([]string, cobra.ShellCompDirective) {
		return completion.CompGetResource(p.Factory, "namespace", start), cobra.ShellCompDirectiveNoFileComp
	}
	for flag, complete := range map[string]Completion{
		clientcmd.FlagNamespace:    namespaces,
		clientcmd.FlagContext:      completion.ContextCompletionFunc,
		clientcmd.FlagClusterName:  completion.ClusterCompletionFunc,
		clientcmd.FlagAuthInfoName: completion.UserCompletionFunc,
	} {
		if err := root.RegisterFlagCompletionFunc(flag, complete); err != nil {
			return err
		}
	}
	return nil
}

// Fixed completes one of these words.
func Fixed(words ...string) Completion {
	return func(_ *cobra.Command, _ []string, start string) ([]string, cobra.ShellCompDirective) {
		var fit []string
		for _, word := range words {
			if strings.HasPrefix(word, start) {
				fit = append(fit, word)
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}

// NoWords refuses arguments.
func NoWords(command *cobra.Command, words []string) error {
	if len(words) > 0 {
		return Wrong(command, "%s takes no %s", command.Name(), words[0])
	}
	return nil
}
