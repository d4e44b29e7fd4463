package wait_test

import (
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestWaitsForEachGoal(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("one"), clitest.Stopped("two"), clitest.Running("three"))
	cluster.Operator = func() { cluster.Remove("three") }

	cluster.Type("wait", "one", "--for=running").Prints(t, "one is running\n")
	cluster.Type("wait", "two", "--for", "stopped").Prints(t, "two is stopped\n")
	cluster.Type("wait", "three", "--for=deleted").Prints(t, "three is deleted\n")
}

func TestEndsAtOnceWhenItHasFailedForGood(t *testing.T) {
	failed, completed := clitest.Container("failed", true), clitest.Container("completed", true)
	clitest.Has(failed, api.PhaseFailed, api.ReasonInvalidTemplate, "No image.")
	clitest.Has(completed, api.PhaseStopped, api.ReasonCompleted, "It has ended.")
	cluster := clitest.New(t, failed, completed)

	cluster.Type("wait", "failed", "--for=running").Exits(t, cli.Failed).
		Says(t, "failed does not run: No image. (kubectl sc status failed says more)")
	cluster.Type("wait", "failed", "--for=stopped").Exits(t, cli.Failed).Says(t, "failed has failed: No image.")
	cluster.Type("wait", "completed", "--for=running").Exits(t, cli.Failed).Says(t, "completed does not run: It has ended.")
}

func TestSaysAfterAWhileWhatItWaitsFor(t *testing.T) {
	box := clitest.Container("box", true)
	clitest.Has(box, "Starting", "ConsumerStarting", "It starts.")
	cluster := clitest.New(t, box)

	waited := cluster.Type("wait", "box", "--for=running", "--timeout=20").Exits(t, cli.TimedOut)

	if waited.Err != "box: It starts.\nkubectl sc: box is not running after 20 s (kubectl sc status box says more)\n" {
		t.Error(waited.Err)
	}
}

func TestWaitsForOneThatIsStartedMeanwhile(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() {
		cluster.Change("box", func(box *api.StoppableContainer) {
			box.Spec.Running = true
			clitest.IsRunning(box)
		})
	}

	cluster.Type("wait", "box", "--for=running").Prints(t, "box is running\n")
}

func TestOutlastsAnApiServerThatIsAway(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))
	away := true
	cluster.Dynamic.PrependReactor("get", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		return away, nil, errors.New("connection refused")
	})
	cluster.Operator = func() { away = false }

	cluster.Type("wait", "box", "--for=running").Prints(t, "box is running\n")
}

func TestDoesNotWaitForWhatItMayNotRead(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))
	cluster.Refuse("get", apierrors.NewForbidden(api.Resource.GroupResource(), "box", errors.New("no")))

	cluster.Type("wait", "box", "--for=running").Exits(t, cli.Failed).Says(t, "(Forbidden)")
}

func TestKnowsThreeGoals(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("wait", "box").Exits(t, cli.WrongUsage).Says(t, "--for=running, --for=stopped or --for=deleted")
	cluster.Type("wait", "box", "--for=rain").Exits(t, cli.WrongUsage).Says(t, "use running, stopped or deleted")
	cluster.Type("wait", "nope", "--for=running").Exits(t, cli.NotFound)
	cluster.Type("__complete", "wait", "box", "--for=r").Prints(t, "running\n:4\n")
}
