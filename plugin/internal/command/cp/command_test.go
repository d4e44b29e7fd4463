package cp_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestNeedsAContainerThatRuns(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("cp", "box:/etc/hosts", "hosts").Exits(t, cli.NotRunning).Says(t, "box is stopped")
	cluster.Type("cp", "./a:b", "box:/a").Exits(t, cli.NotRunning).Says(t, "box is stopped")
	cluster.Type("cp", "nope:/a", "b").Exits(t, cli.NotFound).Says(t, "no StoppableContainer nope in namespace here")
	cluster.Type("cp", "there/box:/a", "b").Exits(t, cli.NotFound).Says(t, "no StoppableContainer box in namespace there")
}

func TestCopiesToOrFromOneContainer(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("cp", "a", "b").Exits(t, cli.WrongUsage).Says(t, "one of both must be in a container: NAME:PATH")
	cluster.Type("cp", "a:/a").Exits(t, cli.WrongUsage).Says(t, "cp takes two paths")
	cluster.Type("cp", "a:/a", "b:/b", "c").Exits(t, cli.WrongUsage).Says(t, "cp takes two paths")
	cluster.Type("cp", "a:/a", "b:/b").Exits(t, cli.WrongUsage).Says(t, "go by a file of this machine")
}

func TestCompletesContainersAndFiles(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("__complete", "cp", "b").Prints(t, "box:\n:2\n")
	cluster.Type("__complete", "cp", "./b").Prints(t, ":0\n")
	cluster.Type("__complete", "cp", "box:/a", "").Prints(t, ":0\n")
}
