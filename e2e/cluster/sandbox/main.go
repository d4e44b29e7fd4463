// Command sandbox is the one process of the embedded cluster's sandbox image: it
// holds a pod's namespaces open until it is told to end. Registries with the usual
// image are out of reach; this one needs no more than the Go compiler.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)

	// A pod with shareProcessNamespace makes this process its init: reap.
	// Nothing else is started here, so no other wait can be disturbed.
	child := make(chan os.Signal, 1)
	signal.Notify(child, syscall.SIGCHLD)
	for {
		select {
		case <-end:
			return
		case <-child:
			for {
				if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}
}
