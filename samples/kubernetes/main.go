// Command kubernetes is the control plane of a cluster without machines, for tests.
//
//	kubernetes up DIRECTORY
//
// starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler, all unchanged, on the loopback
// interface, with role-based access control on and everything they write in DIRECTORY. Once they answer it
// prints lines NAME=VALUE:
//
//	kubeconfig=FILE     of cluster-admin
//	audit=FILE          one JSON object a line for each request that was answered, and by which right
//	kubelet=PORT        what a node gives as its kubelet's port: logs and forwarded ports of its pods
//	ready
//
// It ends, and everything with it, when its standard input does. There are no nodes and nothing runs pods:
// whoever uses this creates nodes and writes the status of pods.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// Each is a process of its own, for each wants the flags and feature gates of the process to itself.
var programs = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "up" {
		if err := up(os.Args[2]); err != nil {
			fmt.Fprintf(os.Stderr, "kubernetes: FAILED: %v\n", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 {
		if program, found := programs[os.Args[1]]; found {
			os.Args = os.Args[1:]
			os.Exit(cli.Run(program()))
		}
	}
	fmt.Fprintln(os.Stderr, "usage: kubernetes up DIRECTORY")
	os.Exit(2)
}
