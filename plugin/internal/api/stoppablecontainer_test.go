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
		ReasonImagePullFailed, ReasonInvalidTemplate, ReasonUnschedulable,
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
