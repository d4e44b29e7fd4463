// Package trace is "kubectl sc trace".
package trace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	core "k8s.io/client-go/kubernetes/typed/core/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

const (
	operatorPods = "control-plane=controller-manager"
	agentPods    = "app.kubernetes.io/component=agent"
	on           = "true"
	// A shell shows the signal that ended a program in this way.
	endedBySignal = 128
)

// Steps that operator and agent took just before are shown, as the one that answers the annotation.
var sinceSeconds int64 = 5

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return &cobra.Command{
		Use:   "trace NAME",
		Short: "show what operator and agent do for it, live",
		Long: `Sets the annotation that has operator and agent log each step they take for it, shows these lines until Ctrl-C, and takes
the annotation away again, unless it was there before. Reading the logs in ` + api.SystemNamespace + ` must be allowed.`,
		ValidArgsFunction: plugin.CompleteName(),
		RunE: func(command *cobra.Command, words []string) error {
			name, err := cli.ParseName(command, words)
			if err != nil {
				return err
			}
			signals := make(chan os.Signal, 1)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
			defer signal.Stop(signals)
			return run(command.Context(), plugin, name, signals)
		},
	}
}

func run(ctx context.Context, plugin *cli.Plugin, name string, signals <-chan os.Signal) (err error) {
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
	system := client.Pods(api.SystemNamespace)
	sources, err := sources(ctx, system, one.Status.NodeName)
	if err != nil {
		return fmt.Errorf("the pods of operator and agent can't be listed: %w", err)
	}
	if one.Annotations[api.AnnotationTrace] != on {
		value := on
		if err := containers.Annotate(ctx, name, api.AnnotationTrace, &value); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, untrace(ctx, plugin, containers, name)) }()
	}
	plugin.Note("the steps for %s, until Ctrl-C", name)
	open := func(ctx context.Context, pod string) (io.ReadCloser, error) {
		return system.GetLogs(pod, &corev1.PodLogOptions{Follow: true, SinceSeconds: &sinceSeconds}).Stream(ctx)
	}
	return follow(ctx, plugin, open, sources, lineFilter(containers.Namespace(), name), signals)
}

func untrace(ctx context.Context, plugin *cli.Plugin, containers *cli.Containers, name string) error {
	err := containers.Annotate(ctx, name, api.AnnotationTrace, nil)
	if err != nil {
		plugin.Note("%s is still traced: remove its annotation %s", name, api.AnnotationTrace)
	}
	return err
}

// source is a pod that logs steps.
type source struct{ program, pod string }

// sources are the operator's pods and the agent of the node. Before there is a node, each agent may become the one.
func sources(ctx context.Context, system core.PodInterface, node string) ([]source, error) {
	var found []source
	for _, program := range []struct {
		name    string
		options metav1.ListOptions
	}{
		{"operator", metav1.ListOptions{LabelSelector: operatorPods}},
		{"agent", metav1.ListOptions{LabelSelector: agentPods, FieldSelector: onNode(node)}},
	} {
		pods, err := system.List(ctx, program.options)
		if err != nil {
			return nil, err
		}
		for _, pod := range pods.Items {
			found = append(found, source{program.name, pod.Name})
		}
	}
	return found, nil
}

func onNode(node string) string {
	if node == "" {
		return ""
	}
	return fields.OneTermEqualSelector("spec.nodeName", node).String()
}

// opener opens the log of a pod, which ends with the context.
type opener func(ctx context.Context, pod string) (io.ReadCloser, error)

// follow shows the steps of all sources until a signal comes or all logs have ended.
func follow(ctx context.Context, plugin *cli.Plugin, open opener, sources []source, filter *filter, signals <-chan os.Signal) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var readers sync.WaitGroup
	var one sync.Mutex
	failures := make(chan error, len(sources))
	for _, from := range sources {
		readers.Go(func() {
			err := read(ctx, open, from.pod, func(line string) {
				if step := filter.step(from.program, line); step != "" {
					one.Lock()
					defer one.Unlock()
					plugin.Say("%s", step)
				}
			})
			if err != nil && ctx.Err() == nil {
				failures <- fmt.Errorf("the log of %s can't be read: %w", from.pod, err)
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		readers.Wait()
		close(ended)
	}()
	outcome := plugin.NewOutcome()
	for {
		select {
		case err := <-failures:
			outcome.Failed(err)
		case got := <-signals:
			cancel()
			<-ended
			code := endedBySignal
			if number, ok := got.(syscall.Signal); ok {
				code += int(number)
			}
			return &cli.Error{Code: code}
		case <-ended:
			for len(failures) > 0 {
				outcome.Failed(<-failures)
			}
			return outcome.Err()
		}
	}
}

func read(ctx context.Context, open opener, pod string, line func(string)) (err error) {
	log, err := open(ctx, pod)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return lines(log, line)
}
