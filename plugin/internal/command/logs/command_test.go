package logs_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestHasNoLogsOfAStoppedContainer(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("logs", "box", "-f", "--tail=1", "--since", "5m").Exits(t, cli.NotRunning).
		Says(t, "box is stopped, and what it wrote went with its pod: kubectl sc start box --wait starts it")
	cluster.Type("logs", "nope").Exits(t, cli.NotFound)
}

func TestShowsOneContainer(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))

	cluster.Type("logs").Exits(t, cli.WrongUsage).Says(t, "logs needs the NAME")
	cluster.Type("logs", "-l", "app=web").Exits(t, cli.WrongUsage).Says(t, "logs knows no flag --selector")
	cluster.Type("logs", "box", "--frob").Exits(t, cli.WrongUsage).Says(t, "logs knows no flag --frob")
}

func TestSaysWhereToLookWhenThereAreNoLogs(t *testing.T) {
	// The made-up cluster has no API server that kubectl's own code could ask.
	clitest.New(t, clitest.Running("box")).Type("logs", "box", "--request-timeout=1").Exits(t, cli.Failed).
		Says(t, "cluster.invalid", "kubectl sc status box shows how box is")
}
