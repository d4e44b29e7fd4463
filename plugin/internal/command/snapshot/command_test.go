package snapshot_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestTakesASnapshotOfAStoppedContainer(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("snapshot", "box", "--as=before").Prints(t, "snapshot before is being taken\n")

	if source := cluster.Snapshot("before").Spec.Source.Name; source != "box" {
		t.Errorf("of %q", source)
	}
	cluster.Type("snapshot", "box", "--as=before").Exits(t, cli.Failed).Says(t, "there is a snapshot before already")
}

func TestNamesASnapshotByTheTime(t *testing.T) {
	clitest.New(t, clitest.Stopped("box")).
		Type("snapshot", "box").Prints(t, "snapshot box-20300102-030405 is being taken\n")
}

func TestSaysThatARunningContainerMustStop(t *testing.T) {
	clitest.New(t, clitest.Running("box")).
		Type("snapshot", "box", "--as=before").Says(t, "taken when box is stopped: kubectl sc stop box")
}

func TestStopsARunningContainerForTheSnapshot(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("snapshot", "box", "--as=before", "--stop").Prints(t, "snapshot before is being taken\n")

	if !cluster.Snapshot("before").Spec.StopIfNeeded {
		t.Error("it is not stopped")
	}
}

func TestWaitsUntilItIsTaken(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() { cluster.SetSnapshotPhase("before", api.SnapshotReady, "") }

	cluster.Type("snapshot", "box", "--as=before", "--wait").Prints(t, "snapshot before is ready\n")
}

func TestStopsWaitingForOneThatHasFailed(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() { cluster.SetSnapshotPhase("before", api.SnapshotFailed, "its node is gone") }

	cluster.Type("snapshot", "box", "--as=before", "--wait").Exits(t, cli.Failed).Says(t, "its node is gone")
}

func TestStopsWaitingInTime(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() { cluster.SetSnapshotPhase("before", "Pending", "it runs") }

	cluster.Type("snapshot", "box", "--as=before", "--wait", "--timeout=2s").Exits(t, cli.TimedOut).Says(t, "it runs")
}

func TestTakesNoneOfWhatIsNotThere(t *testing.T) {
	clitest.New(t).Type("snapshot", "box").Exits(t, cli.NotFound)
}
