package clitest

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
)

// Container makes one that the operator has not seen yet.
func Container(name string, running bool) *api.StoppableContainer {
	return &api.StoppableContainer{
		TypeMeta:   metav1.TypeMeta{APIVersion: api.Group + "/" + api.Version, Kind: api.Kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: name, Generation: 1},
		Spec:       api.Spec{Running: running, Template: api.Template{Container: &api.Container{Image: "busybox"}}},
	}
}

// Running makes one that runs and is ready, for a minute.
func Running(name string) *api.StoppableContainer {
	one := Container(name, true)
	IsRunning(one)
	return one
}

// Stopped makes one that is stopped.
func Stopped(name string) *api.StoppableContainer {
	one := Container(name, false)
	IsStopped(one)
	return one
}

// IsRunning is the status of one that runs and is ready.
func IsRunning(one *api.StoppableContainer) {
	status(one, api.PhaseRunning, metav1.ConditionTrue, "Running", "The container runs.")
}

// IsStopped is the status of one that is stopped.
func IsStopped(one *api.StoppableContainer) {
	status(one, api.PhaseStopped, metav1.ConditionFalse, "Stopped", "The container is stopped.")
}

// Has gives one a phase, with the reason and the message why it is not ready.
func Has(one *api.StoppableContainer, phase, reason, message string) {
	status(one, phase, metav1.ConditionFalse, reason, message)
}

func status(one *api.StoppableContainer, phase string, ready metav1.ConditionStatus, reason, message string) {
	one.Status = api.Status{
		ObservedGeneration: one.Generation,
		Phase:              phase,
		Since:              metav1.NewTime(time.Date(2030, time.January, 2, 3, 3, 5, 0, time.UTC)),
		NodeName:           "node1",
		Message:            message,
		Conditions:         []metav1.Condition{{Type: "Ready", Status: ready, Reason: reason, Message: message}},
	}
}
