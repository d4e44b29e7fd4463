package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	core "k8s.io/client-go/kubernetes/typed/core/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

const lastEvents = 10

// pods shows what the pods of a StoppableContainer say.
type pods struct {
	plugin    *cli.Plugin
	client    core.CoreV1Interface
	namespace string
}

func (p pods) show(ctx context.Context, name string) error {
	headline := "\nPods"
	for _, pod := range []string{name, name + api.ProviderSuffix} {
		found, err := p.client.Pods(p.namespace).Get(ctx, pod, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if headline != "" {
			p.plugin.Say("%s", headline)
			headline = ""
		}
		p.showPod(found, name)
	}
	return nil
}

func (p pods) showPod(pod *corev1.Pod, name string) {
	line := fmt.Sprintf("  %-22s %s", pod.Name, pod.Status.Phase)
	if pod.Spec.NodeName != "" {
		line += " on " + pod.Spec.NodeName
	}
	if pod.DeletionTimestamp != nil {
		line += ", going"
	}
	if pod.Labels[api.LabelInstance] != name {
		line += " (not made by StoppableContainer)"
	}
	p.plugin.Say("%s", line)
	for _, condition := range pod.Status.Conditions {
		// The containers, below, say why these two are not true.
		if condition.Status != corev1.ConditionTrue && condition.Type != corev1.PodReady && condition.Type != corev1.ContainersReady {
			p.plugin.Say("    not %s%s%s", condition.Type, behindColon(condition.Reason), behindColon(condition.Message))
		}
	}
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		line := fmt.Sprintf("    %-20s %s", status.Name, p.state(status.State))
		if status.RestartCount > 0 {
			line += fmt.Sprintf(" (restarts: %d)", status.RestartCount)
		}
		p.plugin.Say("%s", line)
	}
}

func (p pods) state(state corev1.ContainerState) string {
	switch {
	case state.Running != nil:
		return "running for " + p.plugin.Age(state.Running.StartedAt.Time)
	case state.Terminated != nil:
		ended, ago, reason := state.Terminated, "", ""
		if !ended.FinishedAt.IsZero() {
			ago = p.plugin.Age(ended.FinishedAt.Time) + " ago "
		}
		if ended.Reason != "" {
			reason = ", " + cli.OneLine(ended.Reason)
		}
		return fmt.Sprintf("ended %swith exit code %d%s%s", ago, ended.ExitCode, reason, behindColon(ended.Message))
	case state.Waiting != nil:
		return "waiting" + behindColon(state.Waiting.Reason) + behindColon(state.Waiting.Message)
	}
	return "waiting"
}

func (p pods) showEvents(ctx context.Context, name string) error {
	var events []corev1.Event
	for _, object := range []string{name, name + api.ProviderSuffix} {
		found, err := p.client.Events(p.namespace).List(ctx, metav1.ListOptions{
			FieldSelector: fields.OneTermEqualSelector("involvedObject.name", object).String(),
		})
		if err != nil {
			return err
		}
		for _, event := range found.Items {
			if kind := event.InvolvedObject.Kind; kind == api.Kind || kind == "Pod" {
				events = append(events, event)
			}
		}
	}
	slices.SortStableFunc(events, func(one, other corev1.Event) int { return when(one).Compare(when(other)) })
	if len(events) > 0 {
		p.plugin.Say("\nLast events")
	}
	for _, event := range events[max(0, len(events)-lastEvents):] {
		p.plugin.Say("  %-6s %-8s %-20s %s/%s: %s", p.plugin.Age(when(event)), event.Type, event.Reason,
			event.InvolvedObject.Kind, event.InvolvedObject.Name, cli.OneLine(event.Message))
	}
	return nil
}

// when is the last time that an event happened.
func when(event corev1.Event) time.Time {
	switch {
	case event.Series != nil:
		return event.Series.LastObservedTime.Time
	case !event.LastTimestamp.IsZero():
		return event.LastTimestamp.Time
	case !event.EventTime.IsZero():
		return event.EventTime.Time
	}
	return event.CreationTimestamp.Time
}

func behindColon(text string) string {
	if text = cli.OneLine(text); text == "" {
		return ""
	}
	return ": " + text
}
