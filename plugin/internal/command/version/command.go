// Package version is "kubectl sc version".
package version

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

var deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}

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
	client, err := plugin.Dynamic()
	if err != nil {
		return "", err
	}
	deployment, err := client.Resource(deployments).Namespace(api.SystemNamespace).Get(ctx, operator, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	containers, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	if err != nil {
		return "", err
	}
	for _, one := range containers {
		container, _ := one.(map[string]any)
		if image, found, err := unstructured.NestedString(container, "image"); found || err != nil {
			return cli.OneLine(image), err
		}
	}
	return "", fmt.Errorf("%s has no image", operator)
}
