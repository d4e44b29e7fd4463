package delete_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestDeletesWithoutWaiting(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("rm", "box").Prints(t, "box is being deleted, with its file system\n")
	cluster.Type("delete", "box").Exits(t, cli.NotFound).Says(t, "there is no StoppableContainer box")
}

func TestWaitsUntilAllAreGone(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("one"), clitest.Running("two"))

	cluster.Type("delete", "--all", "--wait").Prints(t, "one is deleted\ntwo is deleted\n")
}

func TestCompletesEachNameOnce(t *testing.T) {
	clitest.New(t, clitest.Stopped("left"), clitest.Running("right")).
		Type("__complete", "delete", "left", "").Prints(t, "right\n:4\n")
}
