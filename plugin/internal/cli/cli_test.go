package cli

import (
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestReadsTimes(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90": 90 * time.Second, "90s": 90 * time.Second, "5m": 5 * time.Minute, "1h30m": 90 * time.Minute, "0": 0,
	} {
		var got Timeout
		if err := got.Set(text); err != nil || time.Duration(got) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "soon", "-1s", "5 m", "99999999999999999999"} {
		var got Timeout
		if err := got.Set(text); err == nil {
			t.Errorf("'%s' is %v", text, got)
		}
	}
}

func TestAgesAreKubectls(t *testing.T) {
	now := time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC)
	plugin := New("", genericiooptions.IOStreams{})
	plugin.Now = func() time.Time { return now }
	for length, want := range map[time.Duration]string{
		-time.Second: "0s", time.Minute: "60s", 5 * time.Minute: "5m", 50 * time.Hour: "2d2h",
	} {
		if got := plugin.Age(now.Add(-length)); got != want {
			t.Errorf("%s: %s", length, got)
		}
	}
	if got := plugin.Age(time.Time{}); got != "-" {
		t.Error(got)
	}
}
