package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// Exit codes, as docs/kubectl-plugin.md explains them.
const (
	Failed     = 1
	WrongUsage = 2
	NotRunning = 3
	NotFound   = 4
	TimedOut   = 124
)

// Error ends the plugin with an exit code.
type Error struct {
	Code int
	// Message is for the user; empty when all has been said.
	Message string
}

func (e *Error) Error() string { return e.Message }

// Fail makes an error with an exit code.
func Fail(code int, format string, words ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, words...)}
}

// Wrong makes the error of a command that is used in a wrong way.
func Wrong(command *cobra.Command, format string, words ...any) error {
	help := "kubectl sc help"
	if command.HasParent() {
		help += " " + command.Name()
	}
	return Fail(WrongUsage, "%s (%s shows how)", fmt.Sprintf(format, words...), help)
}

// Report shows an error, as kubectl does where the error is kubectl's, and returns the exit code.
func (p *Plugin) Report(err error) int {
	var own *Error
	if errors.As(err, &own) {
		if own.Message != "" {
			p.Note("%s", own.Message)
		}
		return own.Code
	}
	exit := 0
	cmdutil.BehaviorOnFatal(func(message string, code int) {
		if exit = code; message != "" {
			p.Progress(message)
		}
	})
	cmdutil.CheckErr(err)
	return exit
}

// Outcome is how a command on several containers went: when one fails, the others are still done.
type Outcome struct {
	plugin *Plugin
	code   int
}

// NewOutcome is the outcome of a command that has not failed.
func (p *Plugin) NewOutcome() *Outcome { return &Outcome{plugin: p} }

// Failed shows the error of one container.
func (o *Outcome) Failed(err error) { o.code = o.plugin.Report(err) }

// Err is the error that the command ends with; the last one counts.
func (o *Outcome) Err() error {
	if o.code == 0 {
		return nil
	}
	return &Error{Code: o.code}
}
