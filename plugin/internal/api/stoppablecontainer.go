// Package api is the part of the StoppableContainer API that the plugin reads and writes. docs/api.md has all of it.
package api

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	Group   = "stoppablecontainer.xtlsoft.top"
	Version = "v1alpha1"
	Kind    = "StoppableContainer"

	// LabelInstance is on the pods of a StoppableContainer, with its name as the value.
	LabelInstance = Group + "/instance"
	// AnnotationTrace has operator and agent log each step when its value is "true".
	AnnotationTrace = Group + "/trace"
	// AnnotationRunningSetAt is when a user last asked for the value of spec.running, which overrules the schedule so far.
	AnnotationRunningSetAt = Group + "/running-set-at"

	// AnnotationAdopt names the files that are set aside and that a new StoppableContainer takes up.
	AnnotationAdopt = Group + "/adopt"

	// AnnotationPurge of an agent's report names the files that it removes.
	AnnotationPurge = Group + "/purge"

	// SystemNamespace is where operator and agent run.
	SystemNamespace = "stoppablecontainer-system"
	// Exec is the program that enters the persistent file system, as the container sees it.
	Exec = "/.sc-bin/sc-exec"
	// ProviderSuffix is what the name of the provider pod has behind that of the StoppableContainer.
	ProviderSuffix = "-provider"
	// ProviderContainer is the container of the provider pod that says what it does.
	ProviderContainer = "provider"

	// defaultContainer is the name of a container that the template does not name.
	defaultContainer = "main"
)

// Resource names the kind in requests.
var Resource = schema.GroupVersionResource{Group: Group, Version: Version, Resource: "stoppablecontainers"}

// SnapshotKind is the kind of a snapshot.
const SnapshotKind = "StoppableContainerSnapshot"

// SnapshotResource names the kind of snapshots in requests.
var SnapshotResource = schema.GroupVersionResource{Group: Group, Version: Version, Resource: "stoppablecontainersnapshots"}

// RestoreKind is the kind of a restore.
const RestoreKind = "StoppableContainerRestore"

// RestoreResource names the kind of restores in requests.
var RestoreResource = schema.GroupVersionResource{Group: Group, Version: Version, Resource: "stoppablecontainerrestores"}

// Phases of the status that the plugin decides by.
const (
	PhaseRunning = "Running"
	PhaseStopped = "Stopped"
	PhaseFailed  = "Failed"
)

// Reasons of the condition Ready that the plugin decides by; docs/api.md explains them.
const (
	ReasonAgentNotResponding       = "AgentNotResponding"
	ReasonCompleted                = "Completed"
	ReasonContainerFailed          = "ContainerFailed"
	ReasonCrashLoopBackOff         = "CrashLoopBackOff"
	ReasonHostPathPrefixNotAllowed = "HostPathPrefixNotAllowed"
	ReasonImagePullFailed          = "ImagePullFailed"
	ReasonInvalidSchedule          = "InvalidSchedule"
	ReasonInvalidTemplate          = "InvalidTemplate"
	ReasonUnschedulable            = "Unschedulable"
)

// StoppableContainer is a container that keeps its file system while it is stopped.
type StoppableContainer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status"`
}

// Spec is what the user wants.
type Spec struct {
	Running bool `json:"running"`
	// Schedule has times at which it starts and stops by itself.
	Schedule []ScheduleEntry `json:"schedule,omitempty"`
	// Idle is nil for a container that is not stopped when it is idle.
	Idle *Idle `json:"idle,omitempty"`
	// Wake is nil for a container that no connection starts.
	Wake     *Wake    `json:"wake,omitempty"`
	Source   *Source  `json:"source,omitempty"`
	Template Template `json:"template"`
}

// Idle is how long it is idle before it is stopped.
type Idle struct {
	After string `json:"after"`
}

// Wake is to which ports a connection starts it.
type Wake struct {
	Ports []int `json:"ports"`
}

// ChangesByItself reports whether a time, idleness or a connection starts or stops it, so that spec.running alone is no
// wish of its user.
func (s *Spec) ChangesByItself() bool { return len(s.Schedule) > 0 || s.Idle != nil || s.Wake != nil }

// ScheduleEntry has expressions as in crontab(5).
type ScheduleEntry struct {
	Start    string `json:"start,omitempty"`
	Stop     string `json:"stop,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
}

// Source is whose files it begins with: one of both.
type Source struct {
	SnapshotName  string `json:"snapshotName,omitempty"`
	ContainerName string `json:"containerName,omitempty"`
	// ResetIdentity is nil for a clone that takes all files over.
	ResetIdentity *ResetIdentity `json:"resetIdentity,omitempty"`
}

// ResetIdentity is what a clone loses; without paths what most programs know a machine by.
type ResetIdentity struct {
	Paths []string `json:"paths,omitempty"`
}

// Template is the container, or a whole pod whose first container is the stoppable one.
type Template struct {
	Metadata  *TemplateMetadata `json:"metadata,omitempty"`
	Container *Container        `json:"container,omitempty"`
	Spec      *PodSpec          `json:"spec,omitempty"`
}

// TemplateMetadata is for the pod.
type TemplateMetadata struct {
	Labels map[string]string `json:"labels,omitempty"`
}

// PodSpec is a core/v1 PodSpec, of which the plugin reads the containers.
type PodSpec struct {
	Containers []Container `json:"containers"`
}

// Container is a core/v1 Container with the fields that the plugin sets. The type of core/v1 would write its empty
// resources into the YAML that users go on from.
type Container struct {
	Name            string          `json:"name,omitempty"`
	Image           string          `json:"image"`
	Command         []string        `json:"command,omitempty"`
	Args            []string        `json:"args,omitempty"`
	Env             []EnvVar        `json:"env,omitempty"`
	Ports           []ContainerPort `json:"ports,omitempty"`
	ImagePullPolicy string          `json:"imagePullPolicy,omitempty"`
	Stdin           bool            `json:"stdin,omitempty"`
	TTY             bool            `json:"tty,omitempty"`
}

// EnvVar is a variable of the environment.
type EnvVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ContainerPort is a port that the container listens on.
type ContainerPort struct {
	ContainerPort int32 `json:"containerPort"`
}

// Status is what the operator reports.
type Status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Phase              string             `json:"phase,omitempty"`
	Wanted             string             `json:"wanted,omitempty"`
	Since              metav1.Time        `json:"since,omitempty"`
	NodeName           string             `json:"nodeName,omitempty"`
	Message            string             `json:"message,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	// UserWish is empty for a container that neither starts nor stops by itself.
	UserWish UserWish `json:"userWish,omitzero"`
	// Scheduled is nil for a container without a schedule.
	Scheduled *ScheduledChange `json:"scheduled,omitempty"`
	// Idle is nil for a container that is not stopped when it is idle.
	Idle *IdleStatus `json:"idle,omitempty"`
	// Wake is nil for a container that no connection has started.
	Wake *WakeStatus `json:"wake,omitempty"`
	// ExpiresAt is nil for a container that is not deleted by itself.
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
}

// WakeStatus is how a connection last started it.
type WakeStatus struct {
	WokenAt metav1.Time `json:"wokenAt,omitempty"`
	Port    int         `json:"port,omitempty"`
}

// UserWish is what the user last asked for, as far as the operator has seen it.
type UserWish struct {
	SetAt string `json:"setAt,omitempty"`
}

// IdleStatus is whether the container is in use.
type IdleStatus struct {
	Message string       `json:"message,omitempty"`
	StopsAt *metav1.Time `json:"stopsAt,omitempty"`
}

// ScheduledChange is the next start or stop by the schedule.
type ScheduledChange struct {
	Running bool        `json:"running"`
	At      metav1.Time `json:"at"`
}

// Container returns the stoppable container, with its name.
func (c *StoppableContainer) Container() Container {
	container := Container{}
	switch template := c.Spec.Template; {
	case template.Spec != nil && len(template.Spec.Containers) > 0:
		container = template.Spec.Containers[0]
	case template.Container != nil:
		container = *template.Container
	}
	if container.Name == "" {
		container.Name = defaultContainer
	}
	return container
}

// Ready returns the condition Ready, an empty one while there is none.
func (c *StoppableContainer) Ready() metav1.Condition {
	if i := slices.IndexFunc(c.Status.Conditions, func(one metav1.Condition) bool { return one.Type == "Ready" }); i >= 0 {
		return c.Status.Conditions[i]
	}
	return metav1.Condition{}
}

// IsReady reports whether the container runs and is ready.
func (c *StoppableContainer) IsReady() bool { return c.Ready().Status == metav1.ConditionTrue }

// IsDeleting reports whether the StoppableContainer has been deleted and its file system is still being removed.
func (c *StoppableContainer) IsDeleting() bool { return c.DeletionTimestamp != nil }

// IsCurrent reports whether the status speaks of the newest spec, and of the user's newest wish.
func (c *StoppableContainer) IsCurrent() bool {
	setAt := c.Annotations[AnnotationRunningSetAt]
	seen := !c.Spec.ChangesByItself() || setAt == "" || setAt == c.Status.UserWish.SetAt
	return c.Status.ObservedGeneration == c.Generation && seen
}

// Wanted is the state that the container is to be in, in a word: that of the status, or of a spec that the operator has
// not seen yet.
func (c *StoppableContainer) Wanted() string {
	wanted := c.Status.Wanted
	if !c.IsCurrent() || wanted == "" {
		wanted = "StoppedByUser"
		if c.Spec.Running {
			wanted = "Run"
		}
	}
	switch wanted {
	case "Run":
		return "running"
	case "StoppedByUser":
		return "stopped"
	default:
		return strings.ToLower(wanted)
	}
}

// IsToRun reports whether user or schedule have started the container, and neither they nor its idleness have stopped it
// since.
func (c *StoppableContainer) IsToRun() bool {
	wanted := c.Wanted()
	return wanted != "stopped" && wanted != "stoppedbyschedule" && wanted != "stoppedidle"
}
