package trace

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

// The longest line of a log that is read whole.
const maxLine = 1 << 20

// lines hands on the lines of a log until it ends.
func lines(log io.Reader, line func(string)) error {
	scanner := bufio.NewScanner(log)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		line(scanner.Text())
	}
	return scanner.Err()
}

// filter finds the steps of one StoppableContainer in the log of operator or agent.
type filter struct{ mark, before string }

func lineFilter(namespace, name string) *filter {
	before := fmt.Sprintf("sc.namespace=%s ", namespace)
	return &filter{mark: fmt.Sprintf(" trace sc.name=%s, %s", name, before), before: before}
}

// step returns time, program and step of a line; nothing for a line that is no step of this one.
func (f *filter) step(program, line string) string {
	if !strings.Contains(line, f.mark) {
		return ""
	}
	at, _, _ := strings.Cut(line, " ")
	_, step, _ := strings.Cut(line, f.before)
	return cli.OneLine(fmt.Sprintf("%s %-8s %s", at, program, step))
}
