// Command network-policies enforces the network policies of a cluster on one of
// its nodes, for as long as it runs: kube-router's controller, which makes
// iptables rules and IP sets of them, without its router and service proxy.
//
//	network-policies KUBECONFIG NODE
//
// It works on the network namespace that it is started in. On SIGTERM it takes
// its rules away and ends.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/cloudnativelabs/kube-router/v2/pkg/utils"
	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// What the controller calls its chains.
var ours = regexp.MustCompile("^KUBE-(ROUTER|NWPLCY|POD-FW)-")

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: network-policies KUBECONFIG NODE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "network-policies:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, node string) error {
	settings, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(settings)
	if err != nil {
		return err
	}
	config := options.NewKubeRouterConfig()
	config.EnableIPv4 = true
	config.HostnameOverride = node
	iptables, sets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}

	all := informers.NewSharedInformerFactory(client, 0)
	pods := all.Core().V1().Pods().Informer()
	namespaces := all.Core().V1().Namespaces().Informer()
	policies := all.Networking().V1().NetworkPolicies().Informer()
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &sync.Mutex{}, iptables, sets)
	if err != nil {
		return err
	}
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods:       controller.PodEventHandler,
		namespaces: controller.NamespaceEventHandler,
		policies:   controller.NetworkPolicyEventHandler,
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	stop := make(chan struct{})
	all.Start(stop)
	for kind, synced := range all.WaitForCacheSync(stop) {
		if !synced {
			return fmt.Errorf("no list of %s", kind)
		}
	}
	beats := make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		// Nobody asks for its health, but it waits until somebody takes note.
		for range beats {
			klog.Info("a sync begins")
		}
	}()
	var working sync.WaitGroup
	working.Add(1)
	go controller.Run(beats, stop, &working)

	<-ended
	close(stop)
	working.Wait()
	return takeAway(iptables[v1.IPv4Protocol], sets[v1.IPv4Protocol])
}

// The controller's own way of doing so makes every rule of others twice.
func takeAway(iptables utils.IPTablesHandler, sets utils.IPSetHandler) error {
	for _, chain := range []string{"INPUT", "FORWARD", "OUTPUT"} {
		rules, err := iptables.List("filter", chain)
		if err != nil {
			return err
		}
		// The first line is the chain itself, so that a rule's place is its number.
		for number := len(rules) - 1; number > 0; number-- {
			if strings.Contains(rules[number], "-j KUBE-ROUTER-") {
				if err := exec.Command("iptables", "-w", "-D", chain, strconv.Itoa(number)).Run(); err != nil {
					return err
				}
			}
		}
	}
	chains, err := iptables.ListChains("filter")
	if err != nil {
		return err
	}
	chains = slices.DeleteFunc(chains, func(chain string) bool { return !ours.MatchString(chain) })
	for _, chain := range chains {
		if err := iptables.ClearChain("filter", chain); err != nil {
			return err
		}
	}
	for _, chain := range chains {
		if err := iptables.DeleteChain("filter", chain); err != nil {
			return err
		}
	}
	if err := sets.Save(); err != nil {
		return err
	}
	return sets.DestroyAllWithin()
}
