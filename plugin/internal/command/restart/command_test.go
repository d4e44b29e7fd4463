package restart_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

// operator does what is wanted.
func operator(cluster *clitest.Cluster) func() {
	return func() {
		cluster.Change("box", func(box *api.StoppableContainer) {
			if box.Spec.Running {
				clitest.IsRunning(box)
			} else {
				clitest.IsStopped(box)
			}
		})
	}
}

func TestStartsWhatHasStopped(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))
	cluster.Operator = operator(cluster)

	cluster.Type("restart", "box").Prints(t, "box is stopped\nbox is starting\n")

	if !cluster.Get("box").Spec.Running {
		t.Error("spec.running is false")
	}
}

func TestWaitsUntilItRunsAgain(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))
	cluster.Operator = operator(cluster)

	restarted := cluster.Type("restart", "box", "--wait").Exits(t, 0)

	if restarted.Out != "box is stopped\nbox is running\n" {
		t.Error(restarted.Out)
	}
}

func TestLeavesOneStoppedThatDoesNotStopInTime(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("restart", "box", "--timeout=2s").Exits(t, cli.TimedOut).
		Says(t, "box is not stopped after 2 s: The container runs. (kubectl sc status box says more)")

	if cluster.Get("box").Spec.Running {
		t.Error("started before it has stopped")
	}
}
