package shell_test

import (
	"strings"
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestOpensBashWhereThereIsOne(t *testing.T) {
	shell := clitest.WithPod(t, "box").TypeInto("exit 5\n", "shell", "box").Exits(t, 0)

	if !strings.HasPrefix(shell.Out, "box/main [/.sc-bin/sc-exec][sh][-c][if command -v bash") || !strings.HasSuffix(shell.Out, " exit 5\n") {
		t.Error(shell.Out)
	}
}

func TestOpensTheShellThatTheUserNames(t *testing.T) {
	cluster := clitest.WithPod(t, "box")

	cluster.Type("shell", "box", "--", "ash", "-l").Prints(t, "box/main [/.sc-bin/sc-exec][ash][-l] ")
	cluster.Type("shell", "box", "-c", "sidecar", "--", "ash").Prints(t, "box/sidecar [ash] ")
}

func TestNeedsARunningContainer(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("shell", "box").Exits(t, cli.NotRunning).Says(t, "box is stopped")
	cluster.Type("shell").Exits(t, cli.WrongUsage).Says(t, "shell needs the NAME")
	cluster.Type("shell", "box", "bash").Exits(t, cli.WrongUsage).Says(t, "put --")
}
