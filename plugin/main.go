// Command kubectl-sc is the kubectl plugin of StoppableContainer: "kubectl sc" once it is on the PATH.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	// Credentials that a kubeconfig takes from an OpenID provider.
	_ "k8s.io/client-go/plugin/pkg/client/auth"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command"
)

// version is set by plugin/build.
var version = "unknown"

func main() {
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	os.Exit(command.Run(cli.New(version, streams), os.Args))
}
