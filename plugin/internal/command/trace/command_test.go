package trace_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestTakesTheAnnotationAwayAgain(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	// Without operator and agent there is no log, and so the trace ends by itself.
	cluster.Type("trace", "box").Prints(t, "").Says(t, "the steps for box, until Ctrl-C")

	if value, found := cluster.Get("box").Annotations[api.AnnotationTrace]; found {
		t.Errorf("still traced: %q", value)
	}
	if patches := count(cluster, "patch"); patches != 2 {
		t.Errorf("%d changes of the annotation, not 2", patches)
	}
}

func TestLeavesAnAnnotationThatWasThereBefore(t *testing.T) {
	box := clitest.Running("box")
	box.Annotations = map[string]string{api.AnnotationTrace: "true"}
	cluster := clitest.New(t, box)

	cluster.Type("trace", "box").Prints(t, "")

	if patches := count(cluster, "patch"); patches != 0 {
		t.Errorf("%d changes of the annotation", patches)
	}
}

func TestTracesOneThatIsThere(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("trace", "nope").Exits(t, cli.NotFound)
	cluster.Type("trace").Exits(t, cli.WrongUsage).Says(t, "trace needs the NAME")
}

func count(cluster *clitest.Cluster, verb string) int {
	found := 0
	for _, action := range cluster.Dynamic.Actions() {
		if action.Matches(verb, api.Resource.Resource) {
			found++
		}
	}
	return found
}
