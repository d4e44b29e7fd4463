package exec_test

import (
	"errors"
	"io"
	"testing"

	"k8s.io/client-go/util/exec"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestRunsACommandInThePersistentFileSystem(t *testing.T) {
	cluster := clitest.WithPod(t, "box")

	cluster.TypeInto("in", "exec", "box", "--", "printf", "-n", "a b", "").Prints(t, "box/main [/.sc-bin/sc-exec][printf][-n][a b][] nothing")
	cluster.TypeInto("in", "exec", "-i", "sc/box", "-c", "main", "--", "cat").Prints(t, "box/main [/.sc-bin/sc-exec][cat] in")
}

func TestRunsACommandInAnotherContainerOfThePod(t *testing.T) {
	clitest.WithPod(t, "box").Type("exec", "box", "-c", "sidecar", "--", "ls").Prints(t, "box/sidecar [ls] nothing")
}

func TestEndsWithTheExitCodeOfTheCommand(t *testing.T) {
	cluster := clitest.WithPod(t, "box")
	cluster.Exec = func(string, string, []string, io.Reader, io.Writer) error {
		return exec.CodeExitError{Err: errors.New("command terminated with exit code 42"), Code: 42}
	}

	cluster.Type("exec", "box", "--", "false").Exits(t, 42).Says(t, "command terminated with exit code 42")
}

func TestSaysWhyItDoesNotRun(t *testing.T) {
	failed, starting, ending := clitest.Container("failed", true), clitest.Container("starting", true), clitest.Container("ending", false)
	clitest.Has(failed, api.PhaseFailed, api.ReasonInvalidTemplate, "No image.")
	clitest.Has(starting, "Starting", api.ReasonImagePullFailed, "No such image.")
	clitest.Has(ending, "Stopping", "Stopping", "It stops.")
	cluster := clitest.New(t, clitest.Stopped("stopped"), failed, starting, ending)
	for name, said := range map[string]string{
		"stopped":  "stopped is stopped: kubectl sc start stopped --wait starts it",
		"failed":   "failed has failed: No image. (kubectl sc status failed says more)",
		"starting": "starting is not running yet: No such image. (kubectl sc wait starting --for=running waits, kubectl sc status starting says why)",
		"ending":   "ending does not run and is not meant to: kubectl sc start ending --wait starts it",
	} {
		cluster.Type("exec", name, "--", "true").Exits(t, cli.NotRunning).Says(t, said)
	}
	cluster.Type("exec", "nope", "--", "true").Exits(t, cli.NotFound)
}

func TestStartsWhatIsStopped(t *testing.T) {
	cluster := clitest.WithPod(t, "box")
	cluster.Change("box", func(box *api.StoppableContainer) {
		box.Spec.Running = false
		clitest.IsStopped(box)
	})
	cluster.Operator = func() {
		if cluster.Get("box").Spec.Running {
			cluster.Change("box", clitest.IsRunning)
		}
	}

	cluster.Type("exec", "box", "--start", "--", "true").Prints(t, "box/main [/.sc-bin/sc-exec][true] nothing")
	cluster.Refuse("patch", errors.New("started twice"))
	cluster.Type("exec", "box", "--start", "--", "true").Prints(t, "box/main [/.sc-bin/sc-exec][true] nothing")
}

func TestEndsWhenTheStartFails(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() {
		cluster.Change("box", func(box *api.StoppableContainer) {
			clitest.Has(box, api.PhaseFailed, api.ReasonInvalidTemplate, "No image.")
		})
	}

	cluster.Type("exec", "box", "--start", "--", "true").Exits(t, cli.Failed).Says(t, "box does not run: No image.")
	cluster.Type("exec", "nope", "--start", "--", "true").Exits(t, cli.NotFound)
}

func TestWaitsForTheStartNoLongerThanItMay(t *testing.T) {
	clitest.New(t, clitest.Stopped("box")).Type("exec", "box", "--start", "--timeout=7s", "--", "true").
		Exits(t, cli.TimedOut).Says(t, "box is not running after 7 s")
}

func TestWantsTheCommandBehindTwoDashes(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("exec", "box", "ls", "-l").Exits(t, cli.WrongUsage).Says(t, "exec knows no flag -l")
	cluster.Type("exec", "box", "ls", "/").Exits(t, cli.WrongUsage).
		Says(t, "put -- between the name and the command: kubectl sc exec box -- ls /")
	cluster.Type("exec", "box", "--").Exits(t, cli.WrongUsage).Says(t, "exec needs a command")
	cluster.Type("exec", "box").Exits(t, cli.WrongUsage).Says(t, "exec needs a command: kubectl sc exec box -- CMD")
	cluster.Type("exec", "--", "ls").Exits(t, cli.WrongUsage).Says(t, "exec needs the NAME")
}

func TestCompletesTheNameAlone(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("left"), clitest.Running("right"))

	cluster.Type("__complete", "exec", "").Prints(t, "left\nright\n:4\n")
	cluster.Type("__complete", "exec", "left", "").Prints(t, ":4\n")
	cluster.Type("__complete", "exec", "left", "--", "").Prints(t, ":4\n")
}
