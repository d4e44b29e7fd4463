// Package orphans is "kubectl sc orphans".
package orphans

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/printers"
	core "k8s.io/client-go/kubernetes/typed/core/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

const (
	reports    = api.Group + "/report=orphans"
	namePrefix = "stoppablecontainer-orphans-"
	// keyMore has the number of those that the report has no room for.
	keyMore = "more"
)

// orphan is what a report says of one file system.
type orphan struct {
	// Kind is empty for a file system.
	Kind      string    `json:"kind"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason"`
	Image     string    `json:"image"`
	Folder    string    `json:"folder"`
	Bytes     *int64    `json:"bytes"`
	uid, node string
}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var node string
	command := &cobra.Command{
		Use:   "orphans [--node NODE]",
		Short: "show the files that are set aside, as no instance has them (orphans purge UID... removes them)",
		Long: `Shows the file systems that the agents have set aside on their nodes, and the snapshots that the API server does not
know, of all namespaces. Reading the ConfigMaps in
` + api.SystemNamespace + ` must be allowed.

A new StoppableContainer of the same namespace and image adopts one when it has the annotation
` + api.AnnotationAdopt + `=UID before it is created; name its node in provider.nodeSelector.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, words []string) error {
			if err := cli.NoWords(command, words); err != nil {
				return err
			}
			return show(command.Context(), plugin, node)
		},
	}
	command.Flags().StringVar(&node, "node", "", "those on this node")
	cobra.CheckErr(command.RegisterFlagCompletionFunc("node", completeNodes(plugin)))
	command.AddCommand(purge(plugin))
	return command
}

func show(ctx context.Context, plugin *cli.Plugin, node string) error {
	maps, err := list(ctx, plugin)
	if err != nil {
		return err
	}
	found, more, err := read(maps, node)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		plugin.Note("nothing is set aside")
		return nil
	}
	writer := printers.GetNewTabWriter(plugin.Out)
	lines := []string{"NAMESPACE\tNAME\tUID\tNODE\tAGE\tSIZE\tIMAGE"}
	for _, one := range found {
		lines = append(lines, strings.Join([]string{
			cli.OneLine(one.Namespace), one.label(), one.uid, one.node, plugin.Age(one.Since), cli.Size(one.Bytes),
			cli.OneLine(one.Image),
		}, "\t"))
	}
	if _, err := fmt.Fprintln(writer, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if err := writer.Flush(); err != nil {
		return err
	}
	if more > 0 {
		plugin.Note("%d more are set aside, which the reports have no room for", more)
	}
	return nil
}

// label tells a snapshot from a file system, which alone can be adopted.
func (o *orphan) label() string {
	name := cli.OneLine(o.Name)
	if o.Kind == api.SnapshotKind {
		return "snapshot/" + name
	}
	return name
}

func purge(plugin *cli.Plugin) *cobra.Command {
	var sure bool
	command := &cobra.Command{
		Use:   "purge UID... --yes",
		Short: "remove files that are set aside, for good",
		Long: `Has the agent of their node remove these files for good. Changing the ConfigMaps in
` + api.SystemNamespace + ` must be allowed.`,
		ValidArgsFunction: completeUIDs(plugin),
		RunE: func(command *cobra.Command, words []string) error {
			switch {
			case len(words) == 0:
				return cli.Wrong(command, "purge needs the UID: %s shows them", plugin.Next("orphans"))
			case !sure:
				return cli.Wrong(command, "the files can't be had back: say --yes as well")
			}
			return purgeAll(command.Context(), plugin, words)
		},
	}
	command.Flags().BoolVar(&sure, "yes", false, "the files are not wanted any more")
	command.DisableFlagsInUseLine = true
	return command
}

func purgeAll(ctx context.Context, plugin *cli.Plugin, uids []string) error {
	maps, err := list(ctx, plugin)
	if err != nil {
		return err
	}
	client, err := plugin.Core()
	if err != nil {
		return err
	}
	outcome := plugin.NewOutcome()
	for _, uid := range uids {
		at := slices.IndexFunc(maps, func(report corev1.ConfigMap) bool {
			_, found := report.Data[uid]
			return found && uid != keyMore
		})
		if at < 0 {
			outcome.Failed(cli.Fail(cli.NotFound, "no files are set aside under %s: %s shows all", uid, plugin.Next("orphans")))
			continue
		}
		if err := name(ctx, client.ConfigMaps(api.SystemNamespace), &maps[at], uid); err != nil {
			outcome.Failed(err)
			continue
		}
		plugin.Say("%s is purged by the agent of %s", uid, node(&maps[at]))
	}
	return outcome.Err()
}

// name adds the UID to those that the agent is to purge, unless the report was changed meanwhile.
func name(ctx context.Context, client core.ConfigMapInterface, report *corev1.ConfigMap, uid string) error {
	named := strings.FieldsFunc(report.Annotations[api.AnnotationPurge], func(one rune) bool { return one == ',' || one == ' ' })
	if slices.Contains(named, uid) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"resourceVersion": report.ResourceVersion,
		"annotations":     map[string]string{api.AnnotationPurge: strings.Join(append(named, uid), ",")},
	}})
	if err != nil {
		return err
	}
	changed, err := client.Patch(ctx, report.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	*report = *changed
	return nil
}

func list(ctx context.Context, plugin *cli.Plugin) ([]corev1.ConfigMap, error) {
	client, err := plugin.Core()
	if err != nil {
		return nil, err
	}
	maps, err := client.ConfigMaps(api.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: reports})
	if err != nil {
		return nil, fmt.Errorf("the reports of the agents can't be listed: %w", err)
	}
	return maps.Items, nil
}

// read returns what the reports name, and how many they have no room for.
func read(maps []corev1.ConfigMap, only string) ([]orphan, int, error) {
	var found []orphan
	more := 0
	for i := range maps {
		if only != "" && node(&maps[i]) != only {
			continue
		}
		for uid, text := range maps[i].Data {
			if uid == keyMore {
				number, err := strconv.Atoi(text)
				if err != nil {
					return nil, 0, fmt.Errorf("%s can't be read: %w", maps[i].Name, err)
				}
				more += number
				continue
			}
			one := orphan{uid: uid, node: node(&maps[i])}
			if err := json.Unmarshal([]byte(text), &one); err != nil {
				return nil, 0, fmt.Errorf("%s of %s can't be read: %w", uid, maps[i].Name, err)
			}
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b orphan) int { return strings.Compare(key(a), key(b)) })
	return found, more, nil
}

func key(one orphan) string {
	return strings.Join([]string{one.Namespace, one.Name, one.node, one.uid}, "\x00")
}

func node(report *corev1.ConfigMap) string { return strings.TrimPrefix(report.Name, namePrefix) }

// size is "-" until the agent has counted.
func completeNodes(plugin *cli.Plugin) cli.Completion {
	return func(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		maps, err := list(command.Context(), plugin)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var nodes []string
		for i := range maps {
			nodes = append(nodes, node(&maps[i]))
		}
		return nodes, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeUIDs(plugin *cli.Plugin) cli.Completion {
	return func(command *cobra.Command, words []string, _ string) ([]string, cobra.ShellCompDirective) {
		maps, err := list(command.Context(), plugin)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found, _, err := read(maps, "")
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var uids []string
		for _, one := range found {
			if !slices.Contains(words, one.uid) {
				uids = append(uids, one.uid)
			}
		}
		return uids, cobra.ShellCompDirectiveNoFileComp
	}
}
