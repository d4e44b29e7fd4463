package version_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

const own = "kubectl-sc 1.2.3 (stoppablecontainer.xtlsoft.top/v1alpha1)\n"

func TestPrintsTheVersionsOfPluginAndOperator(t *testing.T) {
	cluster := clitest.New(t)
	deployment := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"namespace": "stoppablecontainer-system", "name": "stoppablecontainer-controller-manager"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
			"containers": []any{map[string]any{"image": "controller:1.2.4"}},
		}}},
	}}
	_, err := cluster.Dynamic.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).
		Namespace("stoppablecontainer-system").Create(t.Context(), deployment, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}

	cluster.Type("version").Prints(t, own+"operator controller:1.2.4\n")
	cluster.Type("--version").Prints(t, own+"operator controller:1.2.4\n")
}

func TestKnowsItsVersionWithoutAnOperator(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("version").Prints(t, own).Says(t, "the operator's version is not known")
	cluster.Type("version", "x").Exits(t, cli.WrongUsage).Says(t, "version takes no x")
}
