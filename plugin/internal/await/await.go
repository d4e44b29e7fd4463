// Package await waits until containers run, have stopped, or are deleted.
package await

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// Goal is what to wait for.
type Goal string

const (
	Running Goal = "running"
	Stopped Goal = "stopped"
	Deleted Goal = "deleted"
)

const (
	// A wait that takes longer says on stderr what the operator reports.
	quiet = 5 * time.Second
	// Between two looks: often at first, when most waits end.
	shortPause, longPause = 300 * time.Millisecond, time.Second
	// From then on the pause is the long one.
	patience = 10 * time.Second
)

// Wait is one wait for several containers.
type Wait struct {
	Containers *cli.Containers
	Goal       Goal
	Timeout    time.Duration
	// Strict ends the wait for a container that meanwhile is wanted otherwise: this command has asked for the goal.
	Strict bool
	// Quiet leaves out that a container got there.
	Quiet bool

	begun time.Time
	said  string
}

// For waits for the containers of these names and says of each that it got there. It returns the names of these; the
// others are failures of the outcome.
func (w *Wait) For(ctx context.Context, outcome *cli.Outcome, names []string) []string {
	w.begun = w.Containers.Plugin().Now()
	var done []string
	news := map[string]string{}
	for left := names; ; {
		var still []string
		for _, name := range left {
			reached, why, err := w.look(ctx, name)
			switch {
			case err != nil:
				outcome.Failed(err)
			case reached:
				if !w.Quiet {
					w.Containers.Plugin().Say("%s is %s", name, w.Goal)
				}
				done = append(done, name)
			default:
				still, news[name] = append(still, name), why
				w.progress(name, why)
			}
		}
		if left = still; len(left) == 0 {
			return done
		}
		if w.waited() >= w.Timeout {
			for _, name := range left {
				outcome.Failed(w.timedOut(name, news[name]))
			}
			return done
		}
		if err := w.Containers.Plugin().Pause(ctx, w.pause()); err != nil {
			outcome.Failed(err)
			return done
		}
	}
}

func (w *Wait) waited() time.Duration { return w.Containers.Plugin().Now().Sub(w.begun) }

func (w *Wait) pause() time.Duration {
	if w.waited() < patience {
		return shortPause
	}
	return longPause
}

// look reads a container: whether it is at the goal; why it is not yet; the error if it will not get there by itself.
func (w *Wait) look(ctx context.Context, name string) (bool, string, error) {
	one, err := w.Containers.Get(ctx, name)
	var known *cli.Error
	switch {
	case err == nil:
		return w.reached(one)
	case errors.As(err, &known):
		if known.Code == cli.NotFound && w.Goal == Deleted {
			return true, "", nil
		}
		return false, "", err
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return false, "", err
	}
	// An API server that is away for a moment is no reason to give up.
	return false, cli.OneLine(err.Error()), nil
}

func (w *Wait) reached(one *api.StoppableContainer) (bool, string, error) {
	message := cli.OneLine(one.Status.Message)
	why := message
	if one.Status.Phase == "" {
		why = "the operator has not taken it up yet"
	}
	switch w.Goal {
	case Running:
		switch {
		case one.IsDeleting():
			return false, "", w.never(one, "is being deleted")
		case !one.IsToRun():
			return w.wantedOtherwise(one, "is meant to stop meanwhile")
		// Ready of the run before is no news.
		case !one.IsCurrent():
			return false, why, nil
		case one.IsReady():
			return true, "", nil
		case one.Status.Phase == api.PhaseFailed, one.Ready().Reason == api.ReasonCompleted:
			return false, "", w.never(one, "does not run: "+message)
		}
	case Stopped:
		switch {
		case one.IsToRun() && w.Strict:
			return w.wantedOtherwise(one, "is meant to run meanwhile")
		case !one.IsCurrent():
			return false, why, nil
		case one.Status.Phase == api.PhaseStopped:
			return true, "", nil
		case one.Status.Phase == api.PhaseFailed:
			return false, "", w.never(one, "has failed: "+message)
		}
	}
	return false, why, nil
}

func (w *Wait) wantedOtherwise(one *api.StoppableContainer, how string) (bool, string, error) {
	if w.Strict {
		return false, "", w.never(one, how)
	}
	return false, how, nil
}

func (w *Wait) never(one *api.StoppableContainer, why string) error {
	return cli.Fail(cli.Failed, "%s %s (%s says more)", one.Name, why, w.Containers.Plugin().Next("status", one.Name))
}

func (w *Wait) progress(name, why string) {
	news := fmt.Sprintf("%s: %s", name, why)
	if w.waited() < quiet || news == w.said {
		return
	}
	w.Containers.Plugin().Progress(news)
	w.said = news
}

func (w *Wait) timedOut(name, why string) error {
	news := ""
	// What was said last is not said again.
	if why != "" && fmt.Sprintf("%s: %s", name, why) != w.said {
		news = ": " + why
	}
	return cli.Fail(cli.TimedOut, "%s is not %s after %.0f s%s (%s says more)",
		name, w.Goal, w.Timeout.Seconds(), news, w.Containers.Plugin().Next("status", name))
}
