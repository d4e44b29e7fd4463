package create_test

import (
	"strings"
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

const oddWord = "a  \"b\" 'c' \\n $(touch /tmp/no) ü\n\tend"

func TestCreatesOneThatStarts(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("create", "box", "--image=busybox", "--env=ODD="+oddWord, "-e", "B=", "--port=80", "--labels=app=web,tier=one", "-it",
		"--image-pull-policy=Never", "--", "sh", "-c", oddWord).Prints(t, "box is created and starting\n")

	box := cluster.Get("box")
	container := box.Container()
	if !box.Spec.Running || container.Image != "busybox" || container.ImagePullPolicy != "Never" || !container.Stdin || !container.TTY {
		t.Errorf("%+v", box.Spec)
	}
	if strings.Join(container.Args, "|") != "sh|-c|"+oddWord || len(container.Command) > 0 {
		t.Errorf("%q", container.Args)
	}
	if container.Env[0] != (api.EnvVar{Name: "ODD", Value: oddWord}) || container.Env[1] != (api.EnvVar{Name: "B"}) {
		t.Errorf("%+v", container.Env)
	}
	if container.Ports[0].ContainerPort != 80 {
		t.Errorf("%+v", container.Ports)
	}
	if box.Labels["tier"] != "one" || box.Spec.Template.Metadata.Labels["app"] != "web" {
		t.Errorf("%+v %+v", box.Labels, box.Spec.Template.Metadata)
	}
}

func TestTakesTheWordsAsTheCommand(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("create", "box", "--image=busybox", "--stopped", "--command", "--", "sleep", "1").Prints(t, "box is created\n")

	container := cluster.Get("box").Container()
	if strings.Join(container.Command, " ") != "sleep 1" || len(container.Args) > 0 {
		t.Errorf("%+v", container)
	}
}

func TestPrintsTheYamlInsteadOfCreating(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("create", "box", "--image=busybox", "--dry-run", "--running=false").Prints(t, `apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
kind: StoppableContainer
metadata:
  name: box
  namespace: here
spec:
  running: false
  template:
    container:
      image: busybox
`)
	cluster.Type("list", "box").Exits(t, cli.NotFound)
}

func TestHasTheApiServerCheckIt(t *testing.T) {
	printed := clitest.New(t).Type("create", "box", "--image=busybox", "--dry-run=server").Exits(t, 0)

	if !strings.Contains(printed.Out, "image: busybox") {
		t.Error(printed.Out)
	}
}

func TestWaitsForWhatItHasCreated(t *testing.T) {
	cluster := clitest.New(t)
	cluster.Operator = func() { cluster.Change("box", clitest.IsRunning) }

	cluster.Type("create", "box", "--image=busybox", "--wait").Prints(t, "box is running\n")

	cluster.Operator = func() { cluster.Change("other", clitest.IsStopped) }
	cluster.Type("create", "other", "--image=busybox", "--stopped", "--wait").Prints(t, "other is stopped\n")
}

func TestSaysThatThereIsOneAlready(t *testing.T) {
	clitest.New(t, clitest.Stopped("box")).Type("create", "box", "--image=busybox").Exits(t, cli.Failed).
		Says(t, "there is a StoppableContainer box already: kubectl sc start box --wait starts it")
}

func TestRefusesWhatItCanNotMean(t *testing.T) {
	cluster := clitest.New(t)
	for said, words := range map[string][]string{
		"create needs the NAME":            {"--image=x"},
		"create takes one NAME":            {"box", "other", "--image=x"},
		"create needs an image":            {"box"},
		"--command needs the command":      {"box", "--image=x", "--command"},
		"--env takes NAME=VALUE":           {"box", "--image=x", "--env==x"},
		"--port takes a number":            {"box", "--image=x", "--port=0"},
		"--port takes a number from":       {"box", "--image=x", "--port=http"},
		"--dry-run takes client or server": {"box", "--image=x", "--dry-run=perhaps"},
		"give --running or --stopped":      {"box", "--image=x", "--running", "--stopped"},
		"must be formatted as key=value":   {"box", "--image=x", "--labels=app"},
		"create knows no flag --for":       {"box", "--image=x", "--for=running"},
	} {
		cluster.Type(append([]string{"create"}, words...)...).Exits(t, cli.WrongUsage).Says(t, said)
	}
}
