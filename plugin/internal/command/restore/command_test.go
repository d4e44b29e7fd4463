package restore_test

import (
	"slices"
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func cluster(t *testing.T, box *api.StoppableContainer) *clitest.Cluster {
	cluster := clitest.New(t, box)
	cluster.Type("snapshot", "box", "--as=good").Exits(t, 0)
	return cluster
}

func TestRestoresAStoppedContainer(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))

	cluster.Type("restore", "box", "good", "--as=back").Prints(t, "restore back is created\n")

	if spec := cluster.Restore("back").Spec; spec.Target.Name != "box" || spec.SnapshotName != "good" {
		t.Errorf("made %+v", spec)
	}
	cluster.Type("restore", "box", "good", "--as=back").Exits(t, cli.Failed).Says(t, "there is a restore back already")
}

func TestRestoresAContainerToItsImage(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))

	cluster.Type("restore", "box", "--to-image", "--as=renew").Prints(t, "restore renew is created\n")

	if spec := cluster.Restore("renew").Spec; !spec.ToImage || spec.SnapshotName != "" {
		t.Errorf("made %+v", spec)
	}
	cluster.Type("restore", "box", "good", "--to-image").Exits(t, cli.WrongUsage)
	cluster.Type("restore", "box").Exits(t, cli.WrongUsage)
}

func TestKeepsWhatIsNamed(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))

	cluster.Type("restore", "box", "--to-image", "--keep=/home,/srv/data", "--keep=/etc/hosts", "--as=renew").Exits(t, 0)

	if kept := cluster.Restore("renew").Spec.KeepPaths; !slices.Equal(kept, []string{"/home", "/srv/data", "/etc/hosts"}) {
		t.Errorf("keeps %v", kept)
	}
}

func TestNamesARestoreByTheTime(t *testing.T) {
	cluster(t, clitest.Stopped("box")).
		Type("restore", "box", "good").Prints(t, "restore box-20300102-030405 is created\n")
}

func TestSaysThatARunningContainerMustStop(t *testing.T) {
	cluster(t, clitest.Running("box")).
		Type("restore", "box", "good").Says(t, "box is restored when it is stopped: kubectl sc stop box")
}

func TestWaitsUntilItIsRestored(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))
	cluster.Operator = func() {
		cluster.SetRestoreStatus("back", api.RestoreStatus{Phase: api.RestoreDone, BeforeSnapshotName: "back-before"})
	}

	cluster.Type("restore", "box", "good", "--as=back", "--wait").
		Prints(t, "restore back is done; the files before are snapshot back-before\n")
}

func TestStopsWaitingForOneThatHasFailed(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))
	cluster.Operator = func() {
		cluster.SetRestoreStatus("back", api.RestoreStatus{Phase: api.RestoreFailed, Message: "elsewhere"})
	}

	cluster.Type("restore", "box", "good", "--as=back", "--wait").Exits(t, cli.Failed).Says(t, "elsewhere")
}

func TestStopsWaitingInTime(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))
	cluster.Operator = func() {
		cluster.SetRestoreStatus("back", api.RestoreStatus{Phase: "Pending", Message: "it runs"})
	}

	cluster.Type("restore", "box", "good", "--as=back", "--wait", "--timeout=2s").Exits(t, cli.TimedOut).Says(t, "it runs")
}

func TestRestoresNothingThatIsNotThere(t *testing.T) {
	cluster := cluster(t, clitest.Stopped("box"))
	cluster.Type("restore", "box", "none").Exits(t, cli.NotFound).Says(t, "there is no snapshot none")
	cluster.Type("restore", "none", "good").Exits(t, cli.NotFound)
	cluster.Type("restore", "box").Exits(t, cli.WrongUsage)
}
