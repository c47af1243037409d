// Judges pods, one a line in YAML, by Kubernetes' own pod-security-admission, for
// PodSecurityPeerTest. A line of what it prints has for each pod, in hexadecimal: a bit for each
// revision of each check that forbids it, and for the levels baseline and restricted a bit for
// each version, from v1.0 on, that forbids it. Comments first name the revisions.
package main

import (
	"bufio"
	"fmt"
	"math/big"
	"os"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

const newest = 37

func main() {
	checks := policy.DefaultChecks()
	evaluator, err := policy.NewEvaluator(checks, nil)
	must(err)
	for _, check := range checks {
		for _, revision := range check.Versions {
			fmt.Printf("# %s %d\n", check.ID, revision.MinimumVersion.Minor())
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		pod := read(lines.Bytes())
		revisions, bit := new(big.Int), 0
		for _, check := range checks {
			for _, revision := range check.Versions {
				if !revision.CheckPod(&pod.ObjectMeta, &pod.Spec).Allowed {
					revisions.SetBit(revisions, bit, 1)
				}
				bit++
			}
		}
		fmt.Printf("%x %x %x\n", revisions,
			forbids(evaluator, api.LevelBaseline, pod), forbids(evaluator, api.LevelRestricted, pod))
	}
	must(lines.Err())
}

func forbids(evaluator policy.Evaluator, level api.Level, pod *corev1.Pod) *big.Int {
	versions := new(big.Int)
	for minor := 0; minor <= newest; minor++ {
		at := api.LevelVersion{Level: level, Version: api.MajorMinorVersion(1, minor)}
		for _, result := range evaluator.EvaluatePod(at, &pod.ObjectMeta, &pod.Spec) {
			if !result.Allowed {
				versions.SetBit(versions, minor, 1)
			}
		}
	}
	return versions
}

func read(line []byte) *corev1.Pod {
	text, err := yaml.YAMLToJSON(line)
	must(err)
	pod := &corev1.Pod{}
	must(json.UnmarshalCaseSensitivePreserveInts(text, pod))
	// The API server's one default that a check can see.
	for i := range pod.Spec.Volumes {
		if reflect.ValueOf(pod.Spec.Volumes[i].VolumeSource).IsZero() {
			pod.Spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	return pod
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
