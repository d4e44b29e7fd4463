package orphans_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

const (
	first  = "0a1b2c3d-0000-0000-0000-000000000001"
	second = "0a1b2c3d-0000-0000-0000-000000000002"
)

func report(node string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: api.SystemNamespace,
			Name:      "stoppablecontainer-orphans-" + node,
			Labels:    map[string]string{api.Group + "/report": "orphans"},
		},
		Data: data,
	}
}

func newCluster(t *testing.T) *clitest.Cluster {
	cluster := clitest.New(t)
	cluster.Add(report("node-b", map[string]string{
		first: `{"namespace":"team","name":"box","since":"2030-01-01T03:04:05Z","image":"debian:12","bytes":1572864}`,
	}))
	cluster.Add(report("node-a", map[string]string{
		second: `{"namespace":"other","name":"\u001b[31mred","since":"2030-01-02T03:04:00Z","image":"busybox:1"}`,
		"more": "7",
	}))
	return cluster
}

func TestShowsWhatIsSetAsideOnAllNodes(t *testing.T) {
	cluster := newCluster(t)

	shown := cluster.Type("orphans").Exits(t, 0).Says(t, "7 more are set aside")

	lines := strings.Split(shown.Out, "\n")
	for i, words := range [][]string{
		{"NAMESPACE", "NAME", "UID", "NODE", "AGE", "SIZE", "IMAGE"},
		{"other", "[31mred", second, "node-a", "5s", "-", "busybox:1"},
		{"team", "box", first, "node-b", "24h", "1.5 MiB", "debian:12"},
	} {
		for _, word := range words {
			if !strings.Contains(lines[i], word) {
				t.Errorf("line %d lacks %q: %q", i, word, lines[i])
			}
		}
	}
	if strings.Contains(shown.Out, "\x1b") {
		t.Errorf("a control sequence reaches the terminal: %q", shown.Out)
	}
}

func TestTellsASnapshotFromAFileSystem(t *testing.T) {
	cluster := clitest.New(t)
	cluster.Add(report("node", map[string]string{
		first: `{"kind":"StoppableContainerSnapshot","namespace":"ns","name":"before","since":"2030-01-01T00:00:00Z"}`,
	}))

	if shown := cluster.Type("orphans"); !strings.Contains(shown.Out, "snapshot/before") {
		t.Errorf("shown as %s", shown.Out)
	}
}

func TestShowsThoseOfOneNode(t *testing.T) {
	shown := newCluster(t).Type("orphans", "--node", "node-b")

	if !strings.Contains(shown.Out, first) || strings.Contains(shown.Out, second) {
		t.Errorf("not those of node-b: %s", shown.Out)
	}
}

func TestSaysThatNothingIsSetAside(t *testing.T) {
	clitest.New(t).Type("orphans").Exits(t, 0).Prints(t, "").Says(t, "nothing is set aside")
}

func TestPurgesByTheReportOfTheNode(t *testing.T) {
	cluster := newCluster(t)

	cluster.Type("orphans", "purge", first, "--yes").Exits(t, 0).
		Prints(t, first+" is purged by the agent of node-b\n")

	for name, wanted := range map[string]string{"node-a": "", "node-b": first} {
		found, err := cluster.Core.ConfigMaps(api.SystemNamespace).
			Get(t.Context(), "stoppablecontainer-orphans-"+name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if found.Annotations[api.AnnotationPurge] != wanted {
			t.Errorf("%s purges %q, not %q", name, found.Annotations[api.AnnotationPurge], wanted)
		}
	}
}

func TestKeepsThoseThatAreNamedAlready(t *testing.T) {
	cluster := clitest.New(t)
	one := report("node", map[string]string{first: "{}", second: "{}"})
	one.Annotations = map[string]string{api.AnnotationPurge: first}
	cluster.Add(one)

	cluster.Type("orphans", "purge", first, second, "--yes").Exits(t, 0)

	found, err := cluster.Core.ConfigMaps(api.SystemNamespace).Get(t.Context(), one.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if found.Annotations[api.AnnotationPurge] != first+","+second {
		t.Errorf("purges %q", found.Annotations[api.AnnotationPurge])
	}
}

func TestPurgesNothingWithoutAWordFromTheUser(t *testing.T) {
	cluster := newCluster(t)

	cluster.Type("orphans", "purge", first).Exits(t, cli.WrongUsage).Says(t, "say --yes")
	cluster.Type("orphans", "purge", "--yes").Exits(t, cli.WrongUsage).Says(t, "purge needs the UID")
	cluster.Type("orphans", "purge", "nope", "--yes").Exits(t, cli.NotFound).Says(t, "no files are set aside under nope")
	cluster.Type("orphans", "purge", "more", "--yes").Exits(t, cli.NotFound)
	cluster.Type("orphans", "box").Exits(t, cli.WrongUsage)
}

func TestCompletesNodesAndUIDs(t *testing.T) {
	cluster := newCluster(t)

	cluster.Type("__completeNoDesc", "orphans", "--node", "").Prints(t, "node-a\nnode-b\n:4\n")
	cluster.Type("__completeNoDesc", "orphans", "purge", second, "").Prints(t, first+"\n:4\n")
}
