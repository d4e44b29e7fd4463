// Package status is "kubectl sc status".
package status

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return &cobra.Command{
		Use:   "status NAME",
		Short: "show how it is, and why it is not running",
		Long: "Shows phase, conditions, pods and the last events, and what to do next.\n" +
			"Exit code 0 when the container is running and ready, 3 when it is not.",
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			name, err := cli.ParseName(command, words)
			if err != nil {
				return err
			}
			return run(command.Context(), plugin, name)
		},
	}
}

func run(ctx context.Context, plugin *cli.Plugin, name string) error {
	containers, err := plugin.Containers()
	if err != nil {
		return err
	}
	one, err := containers.Get(ctx, name)
	if err != nil {
		return err
	}
	client, err := plugin.Core()
	if err != nil {
		return err
	}
	head(plugin, one)
	conditions(plugin, one)
	outcome := plugin.NewOutcome()
	pods := pods{plugin: plugin, client: client, namespace: containers.Namespace()}
	// What may not be read leaves the rest as useful as it is.
	if err := pods.show(ctx, name); err != nil {
		outcome.Failed(err)
	}
	if err := pods.showEvents(ctx, name); err != nil {
		outcome.Failed(err)
	}
	if advice := advice(plugin, one); advice != "" {
		plugin.Say("\nNext\n  %s", advice)
	}
	if one.IsDeleting() || one.Status.Phase != api.PhaseRunning || !one.IsReady() {
		return &cli.Error{Code: cli.NotRunning}
	}
	return outcome.Err()
}

func head(plugin *cli.Plugin, one *api.StoppableContainer) {
	status := one.Status
	on := ""
	if status.NodeName != "" {
		on = " on " + status.NodeName
	}
	switch {
	case one.IsDeleting():
		plugin.Say("%s: Deleting%s", one.Name, on)
	case status.Phase == "":
		plugin.Say("%s: not taken up by the operator yet", one.Name)
	case status.Phase == api.PhaseRunning, status.Phase == api.PhaseStopped:
		plugin.Say("%s: %s%s, for %s", one.Name, status.Phase, on, plugin.Age(status.Since.Time))
	default:
		plugin.Say("%s: %s%s", one.Name, status.Phase, on)
	}
	if status.Message != "" {
		plugin.Say("  %s", cli.OneLine(status.Message))
	}
	if status.ObservedGeneration != 0 && !one.IsCurrent() {
		plugin.Say("  (This is older than the last change.)")
	}
	plugin.Say("  wanted: %s, image: %s", one.Wanted(), cli.OneLine(one.Container().Image))
	if next := status.Scheduled; next != nil {
		word := "stops"
		if next.Running {
			word = "starts"
		}
		plugin.Say("  the schedule %s it at %s", word, next.At.UTC().Format(time.RFC3339))
	}
	if idle := status.Idle; idle != nil && idle.Message != "" {
		plugin.Say("  %s", cli.OneLine(idle.Message))
		if idle.StopsAt != nil {
			plugin.Say("  it is stopped at %s if it stays idle", idle.StopsAt.UTC().Format(time.RFC3339))
		}
	}
	if wake := status.Wake; wake != nil {
		plugin.Say("  a connection to port %d started it at %s", wake.Port, wake.WokenAt.UTC().Format(time.RFC3339))
	}
	if end := status.ExpiresAt; end != nil {
		plugin.Say("  it stays stopped, and is deleted at %s", end.UTC().Format(time.RFC3339))
	}
}

func conditions(plugin *cli.Plugin, one *api.StoppableContainer) {
	if len(one.Status.Conditions) > 0 {
		plugin.Say("\nConditions")
	}
	for _, condition := range one.Status.Conditions {
		plugin.Say("  %-13s %-6s %-18s %s", condition.Type, condition.Status, condition.Reason, cli.OneLine(condition.Message))
	}
}

// advice is what to do next; empty when there is nothing to do.
func advice(plugin *cli.Plugin, one *api.StoppableContainer) string {
	next := func(command string, words ...string) string {
		return plugin.Next(command, append([]string{one.Name}, words...)...)
	}
	edit := plugin.NextKubectl("edit stoppablecontainer " + one.Name)
	if one.IsDeleting() {
		return next("wait", "--for=deleted") + " waits until it is gone"
	}
	if one.Status.Phase == "" {
		return fmt.Sprintf("kubectl -n %s get pods shows whether the operator runs", api.SystemNamespace)
	}
	switch one.Ready().Reason {
	case api.ReasonCompleted:
		return next("restart") + " starts it again"
	case api.ReasonAgentNotResponding:
		node := one.Status.NodeName
		if node == "" {
			node = "the node"
		}
		return fmt.Sprintf("kubectl -n %s get pods -o wide shows whether the node agent runs on %s", api.SystemNamespace, node)
	case api.ReasonCrashLoopBackOff:
		return next("logs", "--previous") + " shows how it ended"
	case api.ReasonContainerFailed:
		return fmt.Sprintf("%s shows how it ended; %s starts it again", next("logs"), next("restart"))
	case api.ReasonImagePullFailed:
		return "look at the image's name and at imagePullSecrets: " + edit
	case api.ReasonUnschedulable:
		return "kubectl describe nodes shows what the nodes have left"
	case api.ReasonInvalidTemplate, api.ReasonInvalidSchedule, api.ReasonHostPathPrefixNotAllowed:
		return edit
	}
	if one.Status.Phase == api.PhaseStopped && !one.IsToRun() {
		return next("start", "--wait")
	}
	return ""
}
