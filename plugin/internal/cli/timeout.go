package cli

import (
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/pflag"
)

// DefaultTimeout is how long --wait waits.
const DefaultTimeout = 5 * time.Minute

var seconds = regexp.MustCompile(`^[0-9]+$`)

// Timeout is the value of a flag: 90, 90s, 5m or 1h30m.
type Timeout time.Duration

// AddTimeout adds the flag --timeout.
func AddTimeout(flags *pflag.FlagSet, timeout *Timeout) {
	*timeout = Timeout(DefaultTimeout)
	flags.Var(timeout, "timeout", "how long to wait: 90s, 5m or 1h")
}

func (t *Timeout) String() string {
	if *t == Timeout(DefaultTimeout) {
		return "5m"
	}
	return time.Duration(*t).String()
}

// Set reads it.
func (t *Timeout) Set(text string) error {
	given := text
	if seconds.MatchString(text) {
		given += "s"
	}
	length, err := time.ParseDuration(given)
	if err != nil || length < 0 {
		return fmt.Errorf("'%s' is no time: write 90s, 5m or 1h", text)
	}
	*t = Timeout(length)
	return nil
}

// Type names it in the help.
func (t *Timeout) Type() string { return "TIME" }
