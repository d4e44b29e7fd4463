package api

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Phases of a snapshot that the plugin decides by.
const (
	SnapshotReady  = "Ready"
	SnapshotFailed = "Failed"
)

// Snapshot has the files of a StoppableContainer as they were at one moment.
type Snapshot struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              SnapshotSpec   `json:"spec"`
	Status            SnapshotStatus `json:"status,omitempty"`
}

// SnapshotSpec is what the user wants.
type SnapshotSpec struct {
	Source       SnapshotSource `json:"source"`
	StopIfNeeded bool           `json:"stopIfNeeded,omitempty"`
}

// SnapshotSource is the StoppableContainer that the snapshot is taken of.
type SnapshotSource struct {
	Name string `json:"name"`
}

// SnapshotStatus is what the operator reports.
type SnapshotStatus struct {
	Phase    string `json:"phase,omitempty"`
	Message  string `json:"message,omitempty"`
	NodeName string `json:"nodeName,omitempty"`
	Layers   *int64 `json:"layers,omitempty"`
	Bytes    *int64 `json:"bytes,omitempty"`
}
