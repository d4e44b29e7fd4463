package list_test

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestShowsATable(t *testing.T) {
	fresh, going := clitest.Container("fresh", true), clitest.Stopped("going")
	now := metav1.Now()
	going.DeletionTimestamp = &now
	cluster := clitest.New(t, clitest.Running("box"), fresh, going)

	cluster.Type("list").Prints(t, `NAME    PHASE      NODE    SINCE   MESSAGE
box     Running    node1   60s     The container runs.
fresh   -          -       -       The operator has not taken it up yet.
going   Deleting   node1   60s     The container is stopped.
`)
	cluster.Type("ls", "--no-headers", "sc/box").Prints(t, "box   Running   node1   60s   The container runs.\n")
	cluster.Type("list", "-A", "-o", "wide", "--no-headers").Prints(t,
		`here   box     Running    node1   60s   running   busybox   The container runs.
here   fresh   -          -       -     running   busybox   The operator has not taken it up yet.
here   going   Deleting   node1   60s   stopped   busybox   The container is stopped.
`)
}

func TestShortensALongMessage(t *testing.T) {
	box := clitest.Container("box", true)
	clitest.Has(box, api.PhaseFailed, api.ReasonInvalidTemplate, strings.Repeat("ü", 81))
	cluster := clitest.New(t, box)

	if short := cluster.Type("list").Exits(t, 0); !strings.HasSuffix(short.Out, " "+strings.Repeat("ü", 77)+"...\n") {
		t.Error(short.Out)
	}
	if wide := cluster.Type("list", "-o", "wide").Exits(t, 0); !strings.HasSuffix(wide.Out, " "+strings.Repeat("ü", 81)+"\n") {
		t.Error(wide.Out)
	}
}

func TestKeepsControlSequencesFromTheTerminal(t *testing.T) {
	box := clitest.Container("box", true)
	clitest.Has(box, api.PhaseFailed, api.ReasonInvalidTemplate, "\x1b]0;title\a first\nsecond\tthird\u009b2J")
	shown := clitest.New(t, box).Type("list", "--no-headers").Exits(t, 0)

	if !strings.HasSuffix(shown.Out, "\uFFFD]0;title\uFFFD first second third\uFFFD2J\n") {
		t.Errorf("%q", shown.Out)
	}
}

func TestShowsTheOthersWhenOneIsMissing(t *testing.T) {
	listed := clitest.New(t, clitest.Running("box")).Type("list", "nope", "box").Exits(t, cli.NotFound)

	listed.Says(t, "there is no StoppableContainer nope in namespace here")
	if !strings.Contains(listed.Out, "box ") {
		t.Error(listed.Out)
	}
}

func TestSaysHowToMakeTheFirst(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("list").Prints(t, "").
		Says(t, "no StoppableContainer in namespace here: kubectl sc create NAME --image=IMAGE makes one")
	cluster.Type("list", "-A").Prints(t, "").Says(t, "no StoppableContainer in any namespace")
	cluster.Type("list", "-l", "a=b").Prints(t, "").Says(t, "no StoppableContainer with a=b in namespace here")
}

func TestSaysThatItIsNotInstalled(t *testing.T) {
	cluster := clitest.New(t)
	cluster.Refuse("list", apierrors.NewGenericServerResponse(404, "list", api.Resource.GroupResource(), "", "404 page not found", 0, true))

	cluster.Type("list").Exits(t, cli.Failed).Says(t, "StoppableContainer is not installed in this cluster")
}

func TestKnowsNoOtherContext(t *testing.T) {
	clitest.New(t).Type("list", "--context=nowhere", "-o", "yaml").Exits(t, cli.Failed).Says(t, "nowhere")
}

func TestLooksANameUpInOneNamespace(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("list", "box", "-A").Exits(t, cli.WrongUsage).Says(t, "leave -A out")
	cluster.Type("list", "box", "-l", "a=b").Exits(t, cli.WrongUsage).Says(t, "give names or -l SELECTOR")
}
