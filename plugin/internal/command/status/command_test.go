package status_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestShowsOneThatRuns(t *testing.T) {
	cluster := clitest.New(t, clitest.Running("box"))
	cluster.Add(pod("box", corev1.ContainerStatus{
		Name:         "main",
		RestartCount: 2,
		State:        corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: ago(cluster, time.Hour)}},
	}))
	cluster.Add(pod("box-provider"))

	cluster.Type("status", "box").Prints(t, `box: Running on node1, for 60s
  The container runs.
  wanted: running, image: busybox

Conditions
  Ready         True   Running            The container runs.

Pods
  box                    Running on node1
    main                 running for 60m (restarts: 2)
  box-provider           Running on node1
`)
}

func TestShowsWhatTheOperatorDoesByItself(t *testing.T) {
	box := clitest.Container("box", true)
	clitest.IsStopped(box)
	box.Status.Wanted = "StoppedBySchedule"
	box.Status.Scheduled = &api.ScheduledChange{
		Running: true, At: metav1.NewTime(time.Date(2030, time.January, 3, 8, 0, 0, 0, time.UTC)),
	}

	end := metav1.NewTime(time.Date(2030, time.February, 1, 0, 0, 0, 0, time.UTC))
	box.Status.ExpiresAt = &end

	status := clitest.New(t, box).Type("status", "box").Exits(t, cli.NotRunning)

	for _, part := range []string{
		"\n  wanted: stoppedbyschedule, image: busybox\n  the schedule starts it at 2030-01-03T08:00:00Z\n",
		"\n  it stays stopped, and is deleted at 2030-02-01T00:00:00Z\n",
		"\nNext\n  kubectl sc start box --wait\n",
	} {
		if !strings.Contains(status.Out, part) {
			t.Errorf("no %q in\n%s", part, status.Out)
		}
	}
}

func TestShowsWhetherItIsInUse(t *testing.T) {
	box := clitest.Running("box")
	stop := metav1.NewTime(time.Date(2030, time.January, 3, 8, 0, 0, 0, time.UTC))
	box.Status.Idle = &api.IdleStatus{Message: "Idle since 2030-01-03T07:30:00Z", StopsAt: &stop}

	status := clitest.New(t, box).Type("status", "box").Exits(t, 0)

	want := "\n  Idle since 2030-01-03T07:30:00Z\n  it is stopped at 2030-01-03T08:00:00Z if it stays idle\n"
	if !strings.Contains(status.Out, want) {
		t.Errorf("no %q in\n%s", want, status.Out)
	}
}

func TestShowsWhyOneDoesNotRun(t *testing.T) {
	box := clitest.Container("box", true)
	clitest.Has(box, "Starting", api.ReasonImagePullFailed, "No such image.")
	box.Generation = 2
	cluster := clitest.New(t, box)
	cluster.Add(func() *corev1.Pod {
		made := pod("box",
			corev1.ContainerStatus{Name: "main", State: corev1.ContainerState{
				Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "back-off\nas ever"},
			}},
			corev1.ContainerStatus{Name: "side", State: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", FinishedAt: ago(cluster, 5*time.Second)},
			}})
		made.Labels = nil
		made.Status.Conditions = []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ContainersNotReady"},
			{Type: "Attached", Status: corev1.ConditionFalse, Reason: "Mounting", Message: "It mounts."},
		}
		return made
	}())
	for i := range 12 {
		cluster.Add(event(cluster, "box", i))
	}
	cluster.Add(event(cluster, "other", 1))

	status := cluster.Type("status", "-n", "here", "box").Exits(t, cli.NotRunning)

	for _, part := range []string{
		"box: Starting on node1\n  No such image.\n  (This is older than the last change.)\n",
		"  box                    Running on node1 (not made by StoppableContainer)\n    not Attached: Mounting: It mounts.\n",
		"    main                 waiting: ImagePullBackOff: back-off as ever\n",
		"    side                 ended 5s ago with exit code 137, OOMKilled\n",
		"\nLast events\n  9m     Warning  Failed               Pod/box: no 9\n",
		"  0s     Warning  Failed               Pod/box: no 0\n",
		"\nNext\n  look at the image's name and at imagePullSecrets: kubectl edit stoppablecontainer box -n here\n",
	} {
		if !strings.Contains(status.Out, part) {
			t.Errorf("no %q in\n%s", part, status.Out)
		}
	}
	if strings.Contains(status.Out, "no 10") || strings.Contains(status.Out, "Pod/other") {
		t.Error("too many events:\n" + status.Out)
	}
}

func TestSaysWhatToDoNext(t *testing.T) {
	for _, one := range []struct{ phase, reason, advice string }{
		{api.PhaseFailed, api.ReasonInvalidTemplate, "kubectl edit stoppablecontainer box\n"},
		{api.PhaseFailed, api.ReasonInvalidSchedule, "kubectl edit stoppablecontainer box\n"},
		{api.PhaseFailed, api.ReasonHostPathPrefixNotAllowed, "kubectl edit stoppablecontainer box\n"},
		{"Starting", api.ReasonUnschedulable, "kubectl describe nodes"},
		{"Starting", api.ReasonAgentNotResponding, "whether the node agent runs on node1"},
		{"Starting", api.ReasonCrashLoopBackOff, "kubectl sc logs box --previous shows how it ended"},
		{api.PhaseFailed, api.ReasonContainerFailed, "kubectl sc logs box shows how it ended; kubectl sc restart box starts it again"},
		{api.PhaseStopped, api.ReasonCompleted, "kubectl sc restart box starts it again"},
		{"", "", "shows whether the operator runs"},
	} {
		t.Run(one.reason, func(t *testing.T) {
			box := clitest.Container("box", true)
			clitest.Has(box, one.phase, one.reason, "")
			status := clitest.New(t, box).Type("status", "box").Exits(t, cli.NotRunning)
			if _, next, _ := strings.Cut(status.Out, "\nNext\n"); !strings.Contains(next, one.advice) {
				t.Error(status.Out)
			}
		})
	}
}

func TestSaysHowToStartAStoppedOne(t *testing.T) {
	status := clitest.New(t, clitest.Stopped("box")).Type("status", "box").Exits(t, cli.NotRunning)

	if !strings.HasPrefix(status.Out, "box: Stopped on node1, for 60s\n") ||
		!strings.HasSuffix(status.Out, "\nNext\n  kubectl sc start box --wait\n") {
		t.Error(status.Out)
	}
}

func TestShowsOneThatIsBeingDeleted(t *testing.T) {
	box := clitest.Running("box")
	now := metav1.Now()
	box.DeletionTimestamp = &now
	status := clitest.New(t, box).Type("status", "box").Exits(t, cli.NotRunning)

	if !strings.HasPrefix(status.Out, "box: Deleting on node1\n") || !strings.Contains(status.Out, "kubectl sc wait box --for=deleted") {
		t.Error(status.Out)
	}
}

func TestKnowsOnlyWhatThereIs(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("status", "nope").Exits(t, cli.NotFound)
	cluster.Type("status", "one", "two").Exits(t, cli.WrongUsage).Says(t, "status takes one NAME")
}

func pod(name string, containers ...corev1.ContainerStatus) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: clitest.Namespace, Name: name, Labels: map[string]string{api.LabelInstance: "box"}},
		Spec:       corev1.PodSpec{NodeName: "node1"},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: containers},
	}
}

func event(cluster *clitest.Cluster, pod string, minutes int) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: clitest.Namespace, Name: fmt.Sprintf("%s.%d", pod, minutes)},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: pod},
		Type:           corev1.EventTypeWarning,
		Reason:         "Failed",
		Message:        fmt.Sprintf("no %d", minutes),
		LastTimestamp:  ago(cluster, time.Duration(minutes)*time.Minute),
	}
}

func ago(cluster *clitest.Cluster, length time.Duration) metav1.Time {
	return metav1.NewTime(cluster.Now.Add(-length))
}
