package api

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Phases of a restore that the plugin decides by.
const (
	RestoreDone   = "Restored"
	RestoreFailed = "Failed"
)

// Restore gives a StoppableContainer the files of a snapshot.
type Restore struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              RestoreSpec   `json:"spec"`
	Status            RestoreStatus `json:"status,omitempty"`
}

// RestoreSpec is what the user wants.
type RestoreSpec struct {
	Target       RestoreTarget `json:"target"`
	SnapshotName string        `json:"snapshotName,omitempty"`
	ToImage      bool          `json:"toImage,omitempty"`
	KeepPaths    []string      `json:"keepPaths,omitempty"`
}

// RestoreTarget is the StoppableContainer that gets the files.
type RestoreTarget struct {
	Name string `json:"name"`
}

// RestoreStatus is what the operator reports.
type RestoreStatus struct {
	Phase              string `json:"phase,omitempty"`
	Message            string `json:"message,omitempty"`
	BeforeSnapshotName string `json:"beforeSnapshotName,omitempty"`
}
