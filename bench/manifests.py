"""The objects that the benchmarks create."""

API_VERSION = "stoppablecontainer.xtlsoft.top/v1alpha1"


def stoppable(name: str, container: dict, running: bool = True, **spec) -> dict:
    """A StoppableContainer with one container, and more fields of its spec."""
    return {
        "apiVersion": API_VERSION, "kind": "StoppableContainer", "metadata": {"name": name},
        "spec": {"running": running, "template": {"container": container}, **spec}}


def pod(name: str, container: dict) -> dict:
    """A plain pod with one container."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]}}


def container(image: str, program: str) -> dict:
    """A container that runs a line of shell."""
    return {
        "name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "command": ["/bin/sh", "-c", program]}
