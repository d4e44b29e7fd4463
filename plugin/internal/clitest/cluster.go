// Package clitest runs the plugin's commands, as a user types them, on a cluster that is made up.
package clitest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	corefake "k8s.io/client-go/kubernetes/typed/core/v1/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/remotecommand"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command"
)

// Namespace is that of the kubeconfig.
const Namespace = "here"

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: made-up, cluster: {server: "https://cluster.invalid"}}]
contexts: [{name: made-up, context: {cluster: made-up, namespace: here}}]
current-context: made-up
`

// Cluster is a cluster with StoppableContainers, and no operator.
type Cluster struct {
	t *testing.T
	// Dynamic has the StoppableContainers, and what else a command reads without a type.
	Dynamic *dynamicfake.FakeDynamicClient
	// Core has the pods and events.
	Core *corefake.FakeCoreV1
	// Operator is called whenever a command pauses: what happens meanwhile.
	Operator func()
	// Exec answers a command that is run in a pod.
	Exec func(pod, container string, words []string, stdin io.Reader, stdout io.Writer) error
	// Now is the time; each pause moves it on.
	Now time.Time
}

// Result is how a command ended.
type Result struct {
	Exit     int
	Out, Err string
}

// New makes a cluster.
func New(t *testing.T, containers ...*api.StoppableContainer) *Cluster {
	t.Helper()
	config := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(config, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", config)
	var objects []runtime.Object
	for _, one := range containers {
		objects = append(objects, object(t, one))
	}
	cluster := &Cluster{
		t: t,
		Dynamic: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
			map[schema.GroupVersionResource]string{
				api.Resource:         api.Kind + "List",
				api.SnapshotResource: api.SnapshotKind + "List",
				api.RestoreResource:  api.RestoreKind + "List",
			}, objects...),
		Core:     &corefake.FakeCoreV1{Fake: &clienttesting.Fake{}},
		Operator: func() {},
		Now:      time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC),
	}
	tracker := clienttesting.NewObjectTracker(scheme.Scheme, scheme.Codecs.UniversalDecoder())
	cluster.Core.AddReactor("list", "events", listEvents(tracker))
	cluster.Core.AddReactor("*", "*", clienttesting.ObjectReaction(tracker))
	return cluster
}

// listEvents knows the field selector, which the made-up API server does not.
func listEvents(tracker clienttesting.ObjectTracker) clienttesting.ReactionFunc {
	return func(action clienttesting.Action) (bool, runtime.Object, error) {
		all, err := tracker.List(action.GetResource(), corev1.SchemeGroupVersion.WithKind("Event"), action.GetNamespace())
		if err != nil {
			return true, nil, err
		}
		selector := action.(clienttesting.ListAction).GetListRestrictions().Fields
		found := &corev1.EventList{}
		for _, event := range all.(*corev1.EventList).Items {
			if selector.Matches(fields.Set{"involvedObject.name": event.InvolvedObject.Name}) {
				found.Items = append(found.Items, event)
			}
		}
		return true, found, nil
	}
}

func object(t *testing.T, one *api.StoppableContainer) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(one)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: content}
}

// Plugin makes the plugin, with what it reads and what it writes to.
func (c *Cluster) Plugin(in io.Reader, out, err io.Writer) *cli.Plugin {
	plugin := cli.New("1.2.3", genericiooptions.IOStreams{In: in, Out: out, ErrOut: err})
	plugin.Dynamic = func() (dynamic.Interface, error) { return c.Dynamic, nil }
	plugin.Core = func() (core.CoreV1Interface, error) { return c.Core, nil }
	plugin.Executor = executor{c}
	plugin.Now = func() time.Time { return c.Now }
	plugin.Pause = func(_ context.Context, length time.Duration) error {
		c.Now = c.Now.Add(length)
		c.Operator()
		return nil
	}
	return plugin
}

// WithPod makes a cluster with a container that runs in a pod. It answers a command with its pod, its container, the words,
// and what stood on the standard input.
func WithPod(t *testing.T, name string) *Cluster {
	t.Helper()
	cluster := New(t, Running(name))
	cluster.Exec = func(pod, container string, words []string, stdin io.Reader, stdout io.Writer) error {
		in := []byte("nothing")
		if stdin != nil {
			var err error
			if in, err = io.ReadAll(stdin); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(stdout, "%s/%s [%s] %s", pod, container, strings.Join(words, "]["), in)
		return err
	}
	// kubectl asks for no container that the pod does not have.
	cluster.Add(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}, {Name: "sidecar"}}},
	})
	return cluster
}

// Add puts a pod, a ConfigMap or an event into the cluster.
func (c *Cluster) Add(added runtime.Object) {
	c.t.Helper()
	var err error
	switch one := added.(type) {
	case *corev1.Pod:
		_, err = c.Core.Pods(cmp.Or(one.Namespace, Namespace)).Create(c.t.Context(), one, metav1.CreateOptions{})
	case *corev1.ConfigMap:
		_, err = c.Core.ConfigMaps(cmp.Or(one.Namespace, Namespace)).Create(c.t.Context(), one, metav1.CreateOptions{})
	case *corev1.Event:
		_, err = c.Core.Events(Namespace).Create(c.t.Context(), one, metav1.CreateOptions{})
	default:
		err = fmt.Errorf("the cluster has no place for %T", added)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// Type runs a command line.
func (c *Cluster) Type(words ...string) Result { return c.TypeInto("", words...) }

// TypeInto is the same with something on the standard input.
func (c *Cluster) TypeInto(in string, words ...string) Result {
	c.t.Helper()
	var out, err bytes.Buffer
	plugin := c.Plugin(strings.NewReader(in), &out, &err)
	exit := command.Run(plugin, append([]string{"kubectl-sc"}, words...))
	return Result{Exit: exit, Out: out.String(), Err: err.String()}
}

// Get reads a StoppableContainer.
func (c *Cluster) Get(name string) *api.StoppableContainer {
	c.t.Helper()
	found, err := c.Dynamic.Resource(api.Resource).Namespace(Namespace).Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	one := &api.StoppableContainer{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, one); err != nil {
		c.t.Fatal(err)
	}
	return one
}

// Snapshot reads a snapshot.
func (c *Cluster) Snapshot(name string) *api.Snapshot {
	c.t.Helper()
	one := &api.Snapshot{}
	c.read(api.SnapshotResource, name, one)
	return one
}

// SetSnapshotPhase is what the operator reports of a snapshot.
func (c *Cluster) SetSnapshotPhase(name, phase, message string) {
	c.t.Helper()
	one := c.Snapshot(name)
	one.Status.Phase, one.Status.Message = phase, message
	c.write(api.SnapshotResource, one)
}

// Restore reads a restore.
func (c *Cluster) Restore(name string) *api.Restore {
	c.t.Helper()
	one := &api.Restore{}
	c.read(api.RestoreResource, name, one)
	return one
}

// SetRestoreStatus is what the operator reports of a restore.
func (c *Cluster) SetRestoreStatus(name string, status api.RestoreStatus) {
	c.t.Helper()
	one := c.Restore(name)
	one.Status = status
	c.write(api.RestoreResource, one)
}

func (c *Cluster) read(resource schema.GroupVersionResource, name string, into any) {
	c.t.Helper()
	found, err := c.Dynamic.Resource(resource).Namespace(Namespace).Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, into); err != nil {
		c.t.Fatal(err)
	}
}

func (c *Cluster) write(resource schema.GroupVersionResource, changed any) {
	c.t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(changed)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = c.Dynamic.Resource(resource).Namespace(Namespace).
		Update(context.Background(), &unstructured.Unstructured{Object: content}, metav1.UpdateOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
}

// Change changes a StoppableContainer.
func (c *Cluster) Change(name string, change func(*api.StoppableContainer)) {
	c.t.Helper()
	one := c.Get(name)
	change(one)
	_, err := c.Dynamic.Resource(api.Resource).Namespace(Namespace).Update(context.Background(), object(c.t, one), metav1.UpdateOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
}

// Remove removes a StoppableContainer, as the operator does in the end.
func (c *Cluster) Remove(name string) {
	c.t.Helper()
	if err := c.Dynamic.Resource(api.Resource).Namespace(Namespace).Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

// Refuse has the API server answer a verb with an error.
func (c *Cluster) Refuse(verb string, err error) {
	c.Dynamic.PrependReactor(verb, api.Resource.Resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, err
	})
}

// Exits fails the test unless the command has ended so.
func (r Result) Exits(t *testing.T, exit int) Result {
	t.Helper()
	if r.Exit != exit {
		t.Fatalf("exit code %d, not %d\nstdout: %s\nstderr: %s", r.Exit, exit, r.Out, r.Err)
	}
	return r
}

// Prints fails the test unless the command has ended well and printed this.
func (r Result) Prints(t *testing.T, out string) Result {
	t.Helper()
	r.Exits(t, 0)
	if r.Out != out {
		t.Fatalf("printed\n%s\nand not\n%s\nstderr: %s", r.Out, out, r.Err)
	}
	return r
}

// Says fails the test unless stderr has each of these texts.
func (r Result) Says(t *testing.T, texts ...string) Result {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.Err, text) {
			t.Fatalf("no %q on stderr: %s", text, r.Err)
		}
	}
	return r
}

type executor struct{ cluster *Cluster }

func (e executor) Execute(url *url.URL, config *rest.Config, stdin io.Reader, stdout, stderr io.Writer, tty bool, size remotecommand.TerminalSizeQueue) error {
	return e.ExecuteWithContext(context.Background(), url, config, stdin, stdout, stderr, tty, size)
}

func (e executor) ExecuteWithContext(_ context.Context, url *url.URL, _ *rest.Config, stdin io.Reader, stdout, _ io.Writer, _ bool, _ remotecommand.TerminalSizeQueue) error {
	// .../namespaces/NAMESPACE/pods/POD/exec?container=CONTAINER&command=WORD&command=WORD
	parts := strings.Split(url.Path, "/")
	return e.cluster.Exec(parts[len(parts)-2], url.Query().Get("container"), url.Query()["command"], stdin, stdout)
}
