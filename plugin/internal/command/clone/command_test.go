package clone_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestClonesAStoppedContainerWithItsTemplate(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("clone", "box", "copy").Prints(t, "copy is created\n")

	clone := cluster.Get("copy")
	if !clone.Spec.Running || clone.Container().Image != "busybox" || clone.Spec.Source.ContainerName != "box" {
		t.Errorf("made %+v", clone.Spec)
	}
	cluster.Type("clone", "box", "copy").Exits(t, cli.Failed).Says(t, "there is a StoppableContainer copy already")
}

func TestClonesASnapshot(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("clone", "box", "copy", "--snapshot=before", "--stopped").Prints(t, "copy is created\n")

	clone := cluster.Get("copy")
	if clone.Spec.Running || clone.Spec.Source.SnapshotName != "before" || clone.Spec.Source.ContainerName != "" {
		t.Errorf("made %+v", clone.Spec)
	}
}

func TestGivesACloneAnIdentityOfItsOwn(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("clone", "box", "same")
	cluster.Type("clone", "box", "other", "--reset-identity")

	if cluster.Get("same").Spec.Source.ResetIdentity != nil || cluster.Get("other").Spec.Source.ResetIdentity == nil {
		t.Error("made without what was asked for")
	}
}

func TestSaysThatARunningContainerMustStop(t *testing.T) {
	clitest.New(t, clitest.Running("box")).
		Type("clone", "box", "copy").Says(t, "gets its files when box is stopped: kubectl sc stop box")
}

func TestWaitsUntilTheCloneRuns(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() { cluster.Change("copy", clitest.IsRunning) }

	cluster.Type("clone", "box", "copy", "--wait").Prints(t, "copy is running\n")
}

func TestNeedsBothNames(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Type("clone", "box").Exits(t, cli.WrongUsage)
	cluster.Type("clone", "none", "copy").Exits(t, cli.NotFound)
}
