package completion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestPrintsACompletionForEachShell(t *testing.T) {
	cluster := clitest.New(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if printed := cluster.Type("completion", shell).Exits(t, 0); !strings.Contains(printed.Out, "kubectl-sc __complete") {
			t.Error(printed.Out)
		}
	}
	cluster.Type("completion", "tcsh").Exits(t, cli.WrongUsage).Says(t, "completion takes bash, zsh or fish")
	cluster.Type("completion").Exits(t, cli.WrongUsage)
}

// The words are taken apart as bash does it. The plugin is one that shows what it was asked.
func TestAsksThePluginInBash(t *testing.T) {
	script := clitest.New(t).Type("completion", "bash").Exits(t, 0).Out
	folder := t.TempDir()
	asked := "#!/bin/sh\nprintf '<%s>' \"$@\"\nprintf '\\nother\\n:4\\n'\n"
	if err := os.WriteFile(filepath.Join(folder, "kubectl-sc"), []byte(asked), 0o755); err != nil {
		t.Fatal(err)
	}
	for words, candidates := range map[string]string{
		"kubectl sc st":                        "<__completeNoDesc><st>|other|",
		"/usr/bin/kubectl-sc st":               "<__completeNoDesc><st>|other|",
		"kubectl sc wait a --for = r":          "<__completeNoDesc><wait><a><--for=r>|other|",
		"kubectl sc wait a --for = running ''": "<__completeNoDesc><wait><a><--for=running><>|other|",
		"kubectl sc ''":                        "<__completeNoDesc><>|other|",
	} {
		function := "_kubectl_or_sc"
		if !strings.HasPrefix(words, "kubectl ") {
			function = "_kubectl_sc"
		}
		command := exec.Command("bash", "-c", script+`
COMP_WORDS=(`+words+`)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
`+function+`
printf '%s|' "${COMPREPLY[@]}"`)
		command.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
		answer, err := command.CombinedOutput()
		if err != nil || string(answer) != candidates {
			t.Errorf("%s: %s (%v)", words, answer, err)
		}
	}
}
