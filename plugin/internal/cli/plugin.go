// Package cli is what the commands of the plugin share: streams, clients, exit codes, and the words for people.
package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/cmd/exec"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// A command on many containers asks for each of them.
const (
	requestsPerSecond = 50
	requestsAtOnce    = 300
)

// Plugin is what a command works with.
type Plugin struct {
	genericiooptions.IOStreams
	// Version is that of the plugin.
	Version string
	// Factory makes what the commands of kubectl need.
	Factory cmdutil.Factory
	// Dynamic and Core make the clients when a command asks for them; Core is for pods and events.
	Dynamic func() (dynamic.Interface, error)
	Core    func() (core.CoreV1Interface, error)
	// Executor runs commands in pods.
	Executor exec.RemoteExecutor
	// Now and Pause are the clock.
	Now   func() time.Time
	Pause func(context.Context, time.Duration) error

	flags *genericclioptions.ConfigFlags
	match *cmdutil.MatchVersionFlags
}

// New makes the plugin for the cluster of the kubeconfig.
func New(version string, streams genericiooptions.IOStreams) *Plugin {
	flags := genericclioptions.NewConfigFlags(true).WithWrapConfigFn(func(config *rest.Config) *rest.Config {
		config.QPS, config.Burst = requestsPerSecond, requestsAtOnce
		config.WarningHandler = rest.NewWarningWriter(streams.ErrOut, rest.WarningWriterOptions{Deduplicate: true})
		return config
	})
	// kubectl's own commands want a configuration that this one completes.
	match := cmdutil.NewMatchVersionFlags(flags)
	factory := cmdutil.NewFactory(match)
	return &Plugin{
		IOStreams: streams,
		Version:   version,
		Factory:   factory,
		Dynamic:   factory.DynamicClient,
		Core: func() (core.CoreV1Interface, error) {
			client, err := factory.KubernetesClientSet()
			if err != nil {
				return nil, err
			}
			return client.CoreV1(), nil
		},
		Executor: &exec.DefaultRemoteExecutor{},
		Now:      time.Now,
		Pause:    pause,
		flags:    flags,
		match:    match,
	}
}

func pause(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// AddFlags adds the flags of every kubectl command.
func (p *Plugin) AddFlags(flags *pflag.FlagSet) {
	p.flags.AddFlags(flags)
	p.match.AddFlags(flags)
	logging := flag.NewFlagSet("", flag.ContinueOnError)
	klog.InitFlags(logging)
	for _, name := range []string{"v", "vmodule"} {
		flags.AddGoFlag(logging.Lookup(name))
	}
}

// Namespace returns the namespace that the command works in.
func (p *Plugin) Namespace() (string, error) {
	namespace, _, err := p.Factory.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}

// UseNamespace has the command work in another namespace.
func (p *Plugin) UseNamespace(namespace string) { *p.flags.Namespace = namespace }

// Next returns a command to type next, with the cluster and the namespace of this one.
func (p *Plugin) Next(command string, words ...string) string {
	line := []string{"kubectl sc " + command}
	if *p.flags.Namespace != "" {
		line = append(line, "-n", *p.flags.Namespace)
	}
	if *p.flags.Context != "" {
		line = append(line, "--context="+*p.flags.Context)
	}
	if *p.flags.KubeConfig != "" {
		line = append(line, "--kubeconfig="+*p.flags.KubeConfig)
	}
	return strings.Join(append(line, words...), " ")
}

// NextKubectl is the same for a command of kubectl itself.
func (p *Plugin) NextKubectl(command string) string {
	return strings.TrimSpace("kubectl " + command + strings.TrimPrefix(p.Next(""), "kubectl sc "))
}

// Say writes a line for the user.
func (p *Plugin) Say(format string, words ...any) { p.write(fmt.Fprintf(p.Out, format+"\n", words...)) }

// Note writes a line beside the output.
func (p *Plugin) Note(format string, words ...any) {
	p.write(fmt.Fprintf(p.ErrOut, "kubectl sc: "+format+"\n", words...))
}

// Progress writes a line beside the output that says why it takes long.
func (p *Plugin) Progress(line string) { p.write(fmt.Fprintln(p.ErrOut, line)) }

// write ends the plugin when it can't be heard: the reader of a pipe is gone.
func (p *Plugin) write(_ int, err error) {
	if err != nil {
		os.Exit(Failed)
	}
}

// Age returns how long ago a time is, as kubectl writes it; "-" for none.
func (p *Plugin) Age(since time.Time) string {
	if since.IsZero() {
		return "-"
	}
	return duration.HumanDuration(max(0, p.Now().Sub(since)))
}

// OneLine returns a text of the cluster on one line. Containers write part of what the cluster says, so no control
// sequence of theirs reaches the terminal.
func OneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(one rune) rune {
		switch {
		case unicode.IsSpace(one):
			return ' '
		case !unicode.IsPrint(one):
			return unicode.ReplacementChar
		}
		return one
	}, text))
}
