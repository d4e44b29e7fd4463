package start_test

import (
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestStartsAStoppedContainer(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	cluster.Type("start", "sc/box").Prints(t, "box is starting\n")

	if !cluster.Get("box").Spec.Running {
		t.Error("spec.running is false")
	}
}

func TestStartsWhatStoppedByItself(t *testing.T) {
	for wanted, spec := range map[string]api.Spec{
		"StoppedBySchedule": {Schedule: []api.ScheduleEntry{{Stop: "0 18 * * *"}}},
		"StoppedIdle":       {Idle: &api.Idle{After: "30m"}},
	} {
		box := clitest.Container("box", true)
		clitest.IsStopped(box)
		box.Status.Wanted = wanted
		box.Spec.Schedule, box.Spec.Idle = spec.Schedule, spec.Idle
		cluster := clitest.New(t, box)
		cluster.Operator = func() {
			cluster.Change("box", func(box *api.StoppableContainer) {
				clitest.IsRunning(box)
				box.Status.UserWish.SetAt = box.Annotations[api.AnnotationRunningSetAt]
			})
		}

		cluster.Type("start", "box", "--wait").Prints(t, "box is running\n")
	}
}

func TestSaysThatItWasStartedBefore(t *testing.T) {
	clitest.New(t, clitest.Running("box")).Type("start", "box").Prints(t, "box was started before\n")
}

func TestWaitsForReadyOfTheNewestSpec(t *testing.T) {
	box := clitest.Stopped("box")
	// The status of the run before says Ready until the operator sees the change.
	clitest.IsRunning(box)
	box.Generation = 2
	cluster := clitest.New(t, box)
	looks := 0
	cluster.Operator = func() {
		if looks++; looks == 3 {
			cluster.Change("box", clitest.IsRunning)
		}
	}

	cluster.Type("start", "box", "--wait").Prints(t, "box is running\n")

	if looks != 3 {
		t.Errorf("waited for %d looks, not 3", looks)
	}
}

func TestStartsTheOthersWhenOneIsMissing(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))

	started := cluster.Type("start", "-n", "here", "nope", "box").Exits(t, cli.NotFound)

	started.Says(t, "there is no StoppableContainer nope in namespace here: kubectl sc list -n here shows all")
	if started.Out != "box is starting\n" {
		t.Error(started.Out)
	}
}

func TestStopsWaitingWhenItIsStoppedMeanwhile(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	cluster.Operator = func() {
		cluster.Change("box", func(box *api.StoppableContainer) { box.Spec.Running = false })
	}

	cluster.Type("start", "box", "--wait").Exits(t, cli.Failed).Says(t, "box is meant to stop meanwhile")
}

func TestChoosesByLabels(t *testing.T) {
	web, other := clitest.Stopped("web"), clitest.Stopped("other")
	web.Labels = map[string]string{"app": "web"}
	cluster := clitest.New(t, web, other)

	cluster.Type("start", "-l", "app=web").Prints(t, "web is starting\n")
	cluster.Type("start", "-l", "app=none").Prints(t, "").
		Says(t, "no StoppableContainer with app=none in namespace here: nothing to do")
	cluster.Type("start", "--all").Prints(t, "other is starting\nweb was started before\n")
}

func TestRefusesWhatItCanNotMean(t *testing.T) {
	cluster := clitest.New(t)
	for said, words := range map[string][]string{
		"start needs NAMES, -l SELECTOR or --all": {"start"},
		"give names, or -l SELECTOR, or --all":    {"start", "--all", "box"},
		"give -l SELECTOR or --all":               {"start", "--all", "-l", "a=b"},
		"start works in one namespace":            {"start", "box", "-A"},
		"start knows no flag --frob":              {"start", "box", "--frob"},
		"'soon' is no time":                       {"start", "box", "--timeout=soon"},
		"'-1s' is no time":                        {"start", "box", "--timeout=-1s"},
		"'Box' can't be the name":                 {"start", "Box"},
		"'$(touch x)' can't be the name":          {"start", "$(touch x)"},
		"'a\nb' can't be the name":                {"start", "a\nb"},
		"'' can't be the name":                    {"start", ""},
	} {
		cluster.Type(words...).Exits(t, cli.WrongUsage).Says(t, said, "kubectl sc help start")
	}
}

func TestCompletesWhatIsStopped(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("left"), clitest.Stopped("lost"), clitest.Running("loud"))

	cluster.Type("__complete", "start", "l").Prints(t, "left\nlost\n:4\n")
	cluster.Type("__complete", "start", "left", "").Prints(t, "lost\n:4\n")
}
