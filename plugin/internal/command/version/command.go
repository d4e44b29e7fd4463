// Package version is "kubectl sc version".
package version

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

const (
	operator = "stoppablecontainer-controller-manager"
	// A cluster that does not answer is no reason not to know the plugin's version.
	patience = 5 * time.Second
)

// New makes the command.
func New(plugin *cli.Plugin) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "print the versions of the plugin and of the operator",
		Long:              "Prints the version of the plugin and the image of the operator, where the cluster shows it.",
		Args:              cli.NoWords,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, _ []string) error {
			plugin.Say("kubectl-sc %s (%s/%s)", plugin.Version, api.Group, api.Version)
			ctx, cancel := context.WithTimeout(command.Context(), patience)
			defer cancel()
			image, err := operatorImage(ctx, plugin)
			if err != nil {
				plugin.Note("the operator's version is not known: %s", cli.OneLine(err.Error()))
				return nil
			}
			plugin.Say("operator %s", image)
			return nil
		},
	}
}

func operatorImage(ctx context.Context, plugin *cli.Plugin) (string, error) {
	client, err := plugin.Kubernetes()
	if err != nil {
		return "", err
	}
	deployment, err := client.AppsV1().Deployments(api.SystemNamespace).Get(ctx, operator, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return deployment.Spec.Template.Spec.Containers[0].Image, nil
}
