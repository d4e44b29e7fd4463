package stop_test

import (
	"testing"
	"time"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestStopsARunningContainer(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("stop", "box").Prints(t, "box is stopping\n")
	cluster.Type("stop", "box").Prints(t, "box was stopped before\n")

	if cluster.Get("box").Spec.Running {
		t.Error("spec.running is true")
	}
}

func TestStopsWhatTheScheduleHasStarted(t *testing.T) {
	box := clitest.Stopped("box")
	clitest.IsRunning(box)
	box.Status.Wanted = "Run"
	box.Spec.Schedule = []api.ScheduleEntry{{Start: "0 8 * * *"}}
	cluster := clitest.New(t, box)

	cluster.Type("stop", "box").Prints(t, "box is stopping\n")

	if at := cluster.Get("box").Annotations[api.AnnotationRunningSetAt]; at != cluster.Now.UTC().Format(time.RFC3339) {
		t.Errorf("the user asked for it at %q", at)
	}
}

func TestWaitsUntilAllIsOnDisk(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("one"), clitest.Running("two"))
	cluster.Operator = func() {
		cluster.Change("one", clitest.IsStopped)
		if cluster.Get("one").Status.Phase == api.PhaseStopped {
			cluster.Change("two", clitest.IsStopped)
		}
	}

	cluster.Type("stop", "--all", "--wait").Prints(t, "one is stopped\ntwo is stopped\n")
}

func TestStopsWaitingWhenItIsStartedMeanwhile(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))
	cluster.Operator = func() {
		cluster.Change("box", func(box *api.StoppableContainer) { box.Spec.Running = true })
	}

	cluster.Type("stop", "box", "--wait").Exits(t, cli.Failed).Says(t, "box is meant to run meanwhile")
}

func TestCompletesWhatRuns(t *testing.T) {
	clitest.New(t, clitest.Stopped("left"), clitest.Running("right")).
		Type("__complete", "stop", "").Prints(t, "right\n:4\n")
}
