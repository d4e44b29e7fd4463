// Package several is for the commands that change several containers and can wait until it is so.
package several

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"stoppablecontainer.xtlsoft.top/plugin/internal/await"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// Job is one call of such a command.
type Job struct {
	*cli.Plugin
	Containers *cli.Containers
	Outcome    *cli.Outcome
	// Names are the containers to work on.
	Names []string
	// Waits is whether the user wants to wait.
	Waits bool

	timeout cli.Timeout
}

// Command gives a command the flags that choose containers and that wait, and has it do the job.
func Command(plugin *cli.Plugin, command *cobra.Command, waitsFor string, do func(context.Context, *Job)) *cobra.Command {
	var choice cli.Choice
	job := Job{Plugin: plugin, Outcome: plugin.NewOutcome()}
	command.Use += " NAME...|-l SELECTOR|--all [--wait] [--timeout=5m]"
	command.RunE = func(command *cobra.Command, words []string) (err error) {
		if job.Names, err = choice.Names(command.Context(), plugin, command, words); err != nil {
			return err
		}
		if job.Containers, err = plugin.Containers(); err != nil {
			return err
		}
		do(command.Context(), &job)
		return job.Outcome.Err()
	}
	choice.AddFlags(command)
	command.Flags().BoolVar(&job.Waits, "wait", false, "wait "+waitsFor)
	cli.AddTimeout(command.Flags(), &job.timeout)
	return command
}

// Each does something for each of the names and returns those for which it was done. The others are failures of the job.
func (j *Job) Each(names []string, do func(name string) error) []string {
	var done []string
	for _, name := range names {
		if err := do(name); err != nil {
			j.Outcome.Failed(err)
			continue
		}
		done = append(done, name)
	}
	return done
}

// SetRunning sets what is wanted of each, and says so unless the job waits.
func (j *Job) SetRunning(ctx context.Context, names []string, running bool, now, before string) []string {
	return j.Each(names, func(name string) error {
		changed, err := j.Containers.SetRunning(ctx, name, running)
		switch {
		case err != nil || j.Waits:
		case changed:
			j.Say("%s %s", name, now)
		default:
			j.Say("%s %s", name, before)
		}
		return err
	})
}

// Wait waits for the containers of these names and returns those that got there.
func (j *Job) Wait(ctx context.Context, goal await.Goal, names []string) []string {
	wait := await.Wait{Containers: j.Containers, Goal: goal, Timeout: time.Duration(j.timeout), Strict: goal != await.Deleted}
	return wait.For(ctx, j.Outcome, names)
}
