package trace

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"stoppablecontainer.xtlsoft.top/plugin/internal/cli"
)

const (
	step = `2030-01-02T03:04:05.000Z INFO  trace sc.name=box, sc.namespace=here sc-release/announce-stop 1.00 ms`
	mine = "2030-01-02T03:04:05.000Z operator sc-release/announce-stop 1.00 ms\n"
)

func TestShowsTheStepsOfOneContainer(t *testing.T) {
	filter := lineFilter("here", "box")
	for line, shown := range map[string]string{
		step: strings.TrimSpace(mine),
		strings.ReplaceAll(step, "name=box", "name=box2"):         "",
		strings.ReplaceAll(step, "namespace=here", "namespace=h"): "",
		strings.ReplaceAll(step, " trace ", " other "):            "",
		"": "",
	} {
		if got := filter.step("operator", line); got != shown {
			t.Errorf("%q of %q", got, line)
		}
	}
}

func TestFollowsAllLogsUntilTheyEnd(t *testing.T) {
	plugin, out, said := streams()
	open := func(_ context.Context, pod string) (io.ReadCloser, error) {
		if pod == "gone" {
			return nil, errors.New("no such pod")
		}
		return io.NopCloser(strings.NewReader("noise\n" + step + "\n")), nil
	}

	err := follow(t.Context(), plugin, open, []source{{"operator", "one"}, {"agent", "gone"}}, lineFilter("here", "box"), nil)

	if code := plugin.Report(err); code != cli.Failed || out.String() != mine ||
		!strings.Contains(said.String(), "the log of gone can't be read: no such pod") {
		t.Errorf("exit code %d, %q, %q", code, out, said)
	}
}

func TestEndsByASignal(t *testing.T) {
	plugin, out, said := streams()
	signals := make(chan os.Signal, 1)
	open := func(ctx context.Context, _ string) (io.ReadCloser, error) {
		reader, writer := io.Pipe()
		context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
		go func() {
			if _, err := io.WriteString(writer, step+"\n"); err == nil {
				signals <- syscall.SIGTERM
			}
		}()
		return reader, nil
	}

	err := follow(t.Context(), plugin, open, []source{{"operator", "one"}}, lineFilter("here", "box"), signals)

	if code := plugin.Report(err); code != 143 || out.String() != mine || said.String() != "" {
		t.Errorf("exit code %d, %q, %q", code, out, said)
	}
}

func TestSaysThatALineIsTooLong(t *testing.T) {
	if err := lines(strings.NewReader(strings.Repeat("x", maxLine+1)), func(string) {}); err == nil {
		t.Error("no error")
	}
}

func streams() (*cli.Plugin, *bytes.Buffer, *bytes.Buffer) {
	var out, said bytes.Buffer
	return cli.New("", genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &said}), &out, &said
}
