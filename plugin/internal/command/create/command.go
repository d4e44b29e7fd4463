// Package create is "kubectl sc create".
package create

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// Values of --dry-run, as kubectl has them.
const (
	dryRunNone   = "none"
	dryRunClient = "client"
	dryRunServer = "server"
)

const maxPort = 65535

type options struct {
	container api.Container
	labels    map[string]string
	env       []string
	ports     []string
	stopped   bool
	isCommand bool
	dryRun    string
	waits     bool
	timeout   cli.Timeout
}

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	var o options
	var running bool
	command := &cobra.Command{
		Use:   "create NAME --image=IMAGE [--stopped] [--wait] [--timeout=5m] [--dry-run[=client|server]] [--command] [-- WORD...]",
		Short: "make one, and start it unless --stopped (-- ARG...)",
		Long: `Makes a StoppableContainer and starts it, unless --stopped.

The words behind -- are the arguments of the image's ENTRYPOINT; with --command they are the command. -it gives its process
a terminal, so that a shell stays. --dry-run prints the YAML, to be completed with all that a pod can have.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, words []string) error {
			if command.Flags().Changed("running") && command.Flags().Changed("stopped") {
				return cli.Wrong(command, "give --running or --stopped")
			}
			o.stopped = o.stopped || !running
			object, err := o.object(plugin, command, words)
			if err != nil {
				return err
			}
			return o.run(command.Context(), plugin, object)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.container.Image, "image", "", "the image")
	flags.BoolVar(&running, "running", true, "start it")
	flags.BoolVar(&o.stopped, "stopped", false, "don't start it")
	flags.StringArrayVarP(&o.env, "env", "e", nil, "a variable of the environment, NAME=VALUE; again for another one")
	flags.StringArrayVar(&o.ports, "port", nil, "a port that it listens on; again for another one")
	flags.StringToStringVar(&o.labels, "labels", nil, "labels of it and of its pod, KEY=VALUE,...")
	flags.StringVar(&o.container.ImagePullPolicy, "image-pull-policy", "", "Always, IfNotPresent or Never")
	flags.BoolVarP(&o.container.Stdin, "stdin", "i", false, "keep its standard input open")
	flags.BoolVarP(&o.container.TTY, "tty", "t", false, "give it a terminal")
	flags.BoolVar(&o.isCommand, "command", false, "the words behind -- are the command, not its arguments")
	flags.StringVar(&o.dryRun, "dry-run", dryRunNone, "print the YAML instead: as written (client) or as the API server completes it (server)")
	flags.Lookup("dry-run").NoOptDefVal = dryRunClient
	flags.BoolVar(&o.waits, "wait", false, "wait until it is ready, or with --stopped until it is stopped")
	cli.AddTimeout(flags, &o.timeout)
	cobra.CheckErr(command.RegisterFlagCompletionFunc("dry-run", cli.Fixed(dryRunClient, dryRunServer)))
	cobra.CheckErr(command.RegisterFlagCompletionFunc("image-pull-policy", cli.Fixed("Always", "IfNotPresent", "Never")))
	for _, free := range []string{"image", "env", "port", "labels", "timeout"} {
		cobra.CheckErr(command.RegisterFlagCompletionFunc(free, cobra.NoFileCompletions))
	}
	return command
}

// object is what the user asks for.
func (o *options) object(plugin *cli.Plugin, command *cobra.Command, words []string) (*unstructured.Unstructured, error) {
	var behind []string
	if dash := command.ArgsLenAtDash(); dash >= 0 {
		words, behind = words[:dash], words[dash:]
	}
	name, err := cli.ParseName(command, words)
	if err != nil {
		return nil, err
	}
	if o.container.Image == "" {
		return nil, cli.Wrong(command, "create needs an image: %s", plugin.Next("create", name, "--image=IMAGE"))
	}
	switch {
	case o.isCommand && len(behind) == 0:
		return nil, cli.Wrong(command, "--command needs the command behind --")
	case o.isCommand:
		o.container.Command = behind
	default:
		o.container.Args = behind
	}
	for _, one := range o.env {
		variable, value, found := strings.Cut(one, "=")
		if !found || variable == "" {
			return nil, cli.Wrong(command, "--env takes NAME=VALUE")
		}
		o.container.Env = append(o.container.Env, api.EnvVar{Name: variable, Value: value})
	}
	for _, one := range o.ports {
		port, err := strconv.ParseInt(one, 10, 32)
		if err != nil || port < 1 || port > maxPort {
			return nil, cli.Wrong(command, "--port takes a number from 1 to %d", maxPort)
		}
		o.container.Ports = append(o.container.Ports, api.ContainerPort{ContainerPort: int32(port)})
	}
	switch o.dryRun {
	case dryRunNone, dryRunClient, dryRunServer:
	default:
		return nil, cli.Wrong(command, "--dry-run takes client or server")
	}
	namespace, err := plugin.Namespace()
	if err != nil {
		return nil, err
	}
	return o.unstructured(namespace, name)
}

func (o *options) unstructured(namespace, name string) (*unstructured.Unstructured, error) {
	wanted := api.StoppableContainer{
		TypeMeta:   metav1.TypeMeta{APIVersion: api.Group + "/" + api.Version, Kind: api.Kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: o.labels},
		Spec:       api.Spec{Running: !o.stopped, Template: api.Template{Container: &o.container}},
	}
	if len(o.labels) > 0 {
		wanted.Spec.Template.Metadata = &api.TemplateMetadata{Labels: o.labels}
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&wanted)
	delete(object, "status")
	return &unstructured.Unstructured{Object: object}, err
}

func (o *options) run(ctx context.Context, plugin *cli.Plugin, object *unstructured.Unstructured) error {
	if o.dryRun == dryRunClient {
		return printYAML(plugin, object)
	}
	containers, err := plugin.Containers()
	if err != nil {
		return err
	}
	name := object.GetName()
	created, err := containers.Create(ctx, object, o.dryRun == dryRunServer)
	switch {
	case apierrors.IsAlreadyExists(err):
		return cli.Fail(cli.Failed, "there is a StoppableContainer %s already: %s starts it", name, plugin.Next("start", name, "--wait"))
	case err != nil:
		return err
	case o.dryRun == dryRunServer:
		return printYAML(plugin, created)
	case o.waits:
		outcome := plugin.NewOutcome()
		wait := await.Wait{Containers: containers, Goal: o.goal(), Timeout: time.Duration(o.timeout), Strict: true}
		wait.For(ctx, outcome, []string{name})
		return outcome.Err()
	case o.stopped:
		plugin.Say("%s is created", name)
	default:
		plugin.Say("%s is created and starting", name)
	}
	return nil
}

func (o *options) goal() await.Goal {
	if o.stopped {
		return await.Stopped
	}
	return await.Running
}

func printYAML(plugin *cli.Plugin, object *unstructured.Unstructured) error {
	printer := printers.OmitManagedFieldsPrinter{Delegate: &printers.YAMLPrinter{}}
	return printer.PrintObj(object, plugin.Out)
}
