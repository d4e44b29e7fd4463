package api

import (
	"os"
	"strings"
	"testing"
)

func TestUsesTheWordsOfTheApi(t *testing.T) {
	page, err := os.ReadFile("../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{
		PhaseRunning, PhaseStopped, PhaseFailed,
		ReasonAgentNotResponding, ReasonCompleted, ReasonContainerFailed, ReasonCrashLoopBackOff, ReasonHostPathPrefixNotAllowed,
		ReasonImagePullFailed, ReasonInvalidSchedule, ReasonInvalidTemplate, ReasonUnschedulable,
	} {
		if !strings.Contains(string(page), "\n| `"+word+"` |") {
			t.Errorf("docs/api.md explains no %s", word)
		}
	}
}

func TestFindsTheStoppableContainer(t *testing.T) {
	for name, template := range map[string]Template{
		"main":  {Container: &Container{Image: "x"}},
		"own":   {Container: &Container{Name: "own"}},
		"first": {Spec: &PodSpec{Containers: []Container{{Name: "first"}, {Name: "second"}}}},
	} {
		one := StoppableContainer{Spec: Spec{Template: template}}
		if got := one.Container().Name; got != name {
			t.Errorf("%s, not %s", got, name)
		}
	}
}

func TestShowsWhatIsWanted(t *testing.T) {
	for _, one := range []struct {
		running  bool
		seen     int64
		wanted   string
		expected string
	}{
		{running: false, seen: 2, wanted: "StoppedByUser", expected: "stopped"},
		{running: true, seen: 2, wanted: "Run", expected: "running"},
		{running: true, seen: 2, wanted: "Completed", expected: "completed"},
		{running: true, seen: 1, wanted: "StoppedByUser", expected: "running"},
		{running: false, seen: 1, wanted: "Run", expected: "stopped"},
		{running: true, seen: 2, wanted: "", expected: "running"},
		{running: false, seen: 2, wanted: "Run", expected: "running"},
		{running: true, seen: 2, wanted: "StoppedBySchedule", expected: "stoppedbyschedule"},
		{running: true, seen: 1, wanted: "StoppedBySchedule", expected: "running"},
		{running: true, seen: 2, wanted: "StoppedIdle", expected: "stoppedidle"},
	} {
		box := StoppableContainer{Spec: Spec{Running: one.running}, Status: Status{ObservedGeneration: one.seen, Wanted: one.wanted}}
		box.Generation = 2
		if got := box.Wanted(); got != one.expected {
			t.Errorf("%+v: %s", one, got)
		}
	}
}
