// Command kubernetes is a whole single-node Kubernetes in one binary: every
// component of the control plane and the node, and kubectl. Linked together
// they share nearly all of their code, so that one binary takes a fifth of the
// disk and of the build time of seven.
//
// The component is chosen by the name the binary is called by ("kubectl", for a
// symlink) or else by its first argument ("kubernetes kubelet --config ...").
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// commands holds what makes the command of each component but etcd, which is
// no cobra command that could be had from outside.
var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":                 func() *cobra.Command { return cmd.NewDefaultKubectlCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func main() {
	if name := filepath.Base(os.Args[0]); !isComponent(name) {
		// The components read os.Args themselves, so the choice is cut off.
		os.Args = os.Args[1:]
	}
	if len(os.Args) == 0 || !isComponent(filepath.Base(os.Args[0])) {
		fmt.Fprintf(os.Stderr, "usage: kubernetes COMPONENT [FLAG...], COMPONENT one of: %s\n", strings.Join(components(), " "))
		os.Exit(2)
	}

	switch name := filepath.Base(os.Args[0]); name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kubectl":
		// Its errors are for people, and "kubectl exec" ends with its command's exit code.
		_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
		if err := cli.RunNoErrOutput(commands[name]()); err != nil {
			util.CheckErr(err)
		}
	default:
		os.Exit(cli.Run(commands[name]()))
	}
}

func isComponent(name string) bool {
	return slices.Contains(components(), name)
}

func components() []string {
	names := []string{"etcd"}
	for name := range commands {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
