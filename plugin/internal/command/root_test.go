package command_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
	"stoppablecontainer.xtlsoft.top/plugin/internal/command"
)

func TestEveryCommandHasItsHelpAndItsPlaceOnThePage(t *testing.T) {
	cluster := clitest.New(t)
	page, err := os.ReadFile("../../../docs/kubectl-plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	main := cluster.Type("help").Exits(t, 0).Out
	root := command.Root(cluster.Plugin(nil, nil, nil))
	for _, one := range root.Commands() {
		name := one.Name()
		if name == "help" {
			continue
		}
		if one.Short == "" || one.Long == "" || one.ValidArgsFunction == nil {
			t.Errorf("%s lacks a short help, a long one or a completion", name)
		}
		if !strings.Contains(main, "kubectl sc "+name+" ") {
			t.Errorf("%s is not in the help", name)
		}
		if !strings.Contains(string(page), "| `"+name) && !strings.Contains(string(page), "`, `"+name) {
			t.Errorf("%s is not in the table of docs/kubectl-plugin.md", name)
		}
		help := cluster.Type("help", name).Exits(t, 0).Out
		if !strings.HasPrefix(help, "kubectl sc "+name) {
			t.Error(help)
		}
		cluster.Type(name, "--help").Prints(t, help)
	}
}

func TestShowsTheHelpWhenNothingIsAsked(t *testing.T) {
	cluster := clitest.New(t)
	for _, words := range [][]string{{}, {"help"}, {"--help"}, {"-n", "here"}} {
		if help := cluster.Type(words...).Exits(t, 0); !strings.Contains(help.Out, "Exit codes: 0 done") {
			t.Error(help.Out)
		}
	}
}

func TestRefusesWhatItDoesNotKnow(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("frobnicate").Exits(t, cli.WrongUsage).Says(t, "there is no command frobnicate (kubectl sc help shows how)")
	cluster.Type("--frob").Exits(t, cli.WrongUsage).Says(t, "there is no flag --frob")
	cluster.Type("list", "-n").Exits(t, cli.WrongUsage).Says(t, "flag needs an argument")
}

func TestTakesTheFlagsOfKubectlBeforeAndAfterTheCommand(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("-n", "there", "status", "nope").Exits(t, cli.NotFound).Says(t, "in namespace there: kubectl sc list -n there")
	cluster.Type("status", "nope", "--context=made-up", "--namespace", "there").Exits(t, cli.NotFound).
		Says(t, "kubectl sc list -n there --context=made-up shows all")
}

func TestCompletesCommandsInTheOrderOfTheHelp(t *testing.T) {
	cluster := clitest.New(t)

	cluster.Type("__completeNoDesc", "st").Prints(t, "start\nstop\nstatus\n:4\n")
	cluster.Type("__completeNoDesc", "list", "--context", "m").Prints(t, "made-up\n:4\n")
}

func TestAnswersKubectlsOwnCompletion(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"))
	for _, program := range []string{"/usr/local/bin/kubectl_complete-sc", "kubectl_complete-sc.exe"} {
		var out, said bytes.Buffer
		exit := command.Run(cluster.Plugin(nil, &out, &said), []string{program, "start", ""})
		if exit != 0 || out.String() != "box\n:4\n" {
			t.Errorf("exit code %d: %s%s", exit, &out, &said)
		}
	}
}
