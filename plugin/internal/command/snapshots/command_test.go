package snapshots_test

import (
	"strings"
	"testing"

	"stoppablecontainer.xtlsoft.top/plugin/internal/api"
	"stoppablecontainer.xtlsoft.top/plugin/internal/clitest"
)

func TestShowsSnapshots(t *testing.T) {
	cluster := clitest.New(t, clitest.Stopped("box"), clitest.Stopped("other"))
	cluster.Type("snapshots").Prints(t, "").Says(t, "there is no snapshot")
	cluster.Type("snapshot", "box", "--as=one").Exits(t, 0)
	cluster.Type("snapshot", "other", "--as=two").Exits(t, 0)
	cluster.SetSnapshotPhase("one", api.SnapshotReady, "The snapshot is taken.")

	all := cluster.Type("snapshots").Exits(t, 0).Out
	if !strings.Contains(all, "one") || !strings.Contains(all, "Ready") || !strings.Contains(all, "two") {
		t.Errorf("not all of them:\n%s", all)
	}
	if its := cluster.Type("snapshots", "box").Exits(t, 0).Out; strings.Contains(its, "two") {
		t.Errorf("those of others:\n%s", its)
	}
}
