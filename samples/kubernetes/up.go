package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Who may be at the API server, and as what. The last two have the roles that Kubernetes itself gives them.
var users = []struct{ name, groups string }{
	{"admin", "system:masters"},
	{"system:kube-controller-manager", ""},
	{"system:kube-scheduler", ""},
}

const (
	patience = time.Minute
	pause    = 50 * time.Millisecond

	// Requests alone, with the right by which each was let through; watches once, when they begin.
	auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{level: Metadata}]
`
	// Of the controllers those that a Deployment, its pods, its Service and its namespace meet.
	enabled = "deployment-controller,replicaset-controller,endpointslice-controller," +
		"garbage-collector-controller,pod-garbage-collector-controller,namespace-controller," +
		"serviceaccount-controller,root-ca-certificate-publisher-controller,disruption-controller," +
		"node-lifecycle-controller,taint-eviction-controller"
)

// A plane is one control plane and the directory that everything of it lies in.
type plane struct {
	directory string
	ended     chan error
}

func (p *plane) path(name string) string { return filepath.Join(p.directory, name) }

// up starts a control plane and lets it run until standard input ends or a part of it does.
func up(directory string) error {
	directory, err := filepath.Abs(directory)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	p := &plane{directory, make(chan error, 4)}
	store, err := p.etcd()
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer store.Close()
	server, err := p.apiServer()
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	defer server.Process.Kill() // whatever else of it ends, it ends after those that ask it
	var admin *kubernetes.Clientset
	if err := p.await("kube-apiserver", func() (err error) {
		if admin, err = p.client("admin"); err != nil { // as long as there is no certificate
			return err
		}
		return admin.Discovery().RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error()
	}); err != nil {
		return err
	}
	for program, options := range map[string][]string{
		"kube-controller-manager": {"--use-service-account-credentials", "--controllers=" + enabled,
			"--node-monitor-grace-period=24h"},
		"kube-scheduler": {},
	} {
		command, err := p.start(program, append(options, "--kubeconfig="+p.path("system:"+program+".kubeconfig"),
			"--leader-elect=false", "--secure-port=0", "--kube-api-qps=1000", "--kube-api-burst=1000")...)
		if err != nil {
			return err
		}
		defer command.Process.Kill()
	}
	port, err := kubelet(admin, p.path("logs"))
	if err != nil {
		return err
	}
	// Made by the controllers: so they run.
	if err := p.await("kube-controller-manager", func() error {
		_, err := admin.CoreV1().ServiceAccounts("default").Get(context.Background(), "default", metav1.GetOptions{})
		return err
	}); err != nil {
		return err
	}
	fmt.Printf("kubeconfig=%s\naudit=%s\nlogs=%s\nkubelet=%d\nready\n",
		p.path("admin.kubeconfig"), p.path("audit.log"), p.path("logs"), port)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		p.ended <- err
	}()
	return <-p.ended
}

// etcd starts the store, in this process, behind a socket that only this user reaches.
func (p *plane) etcd() (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = p.path("etcd")
	config.ListenClientUrls = []url.URL{{Scheme: "unix", Path: p.path("etcd.socket")}}
	config.ListenPeerUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}} // it has none
	config.LogOutputs = []string{p.path("etcd.log")}
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true // what a test wrote need not outlive it
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	<-store.Server.ReadyNotify()
	return store, nil
}

// apiServer writes what the server needs to know its callers, starts it, and writes what they need to know it.
func (p *plane) apiServer() (*exec.Cmd, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	var tokens string
	for i, user := range users {
		token := rand.Text()
		tokens += fmt.Sprintf("%s,%s,%d,%q\n", token, user.name, i, user.groups)
		config := fmt.Sprintf(kubeconfig, p.path("certificates/apiserver.crt"), port, user.name, token)
		if err := os.WriteFile(p.path(user.name+".kubeconfig"), []byte(config), 0o600); err != nil {
			return nil, err
		}
	}
	for name, content := range map[string]string{
		"tokens.csv": tokens, "service-accounts.key": string(encoded), "audit-policy.yaml": auditPolicy,
	} {
		if err := os.WriteFile(p.path(name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	return p.start("kube-apiserver",
		"--etcd-servers=unix://"+p.path("etcd.socket"),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir="+p.path("certificates"), // where it puts a certificate that it makes
		"--authorization-mode=RBAC", "--token-auth-file="+p.path("tokens.csv"), "--anonymous-auth=false",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+p.path("service-accounts.key"),
		"--service-account-signing-key-file="+p.path("service-accounts.key"),
		"--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none",
		"--kubelet-preferred-address-types=InternalIP",
		"--audit-policy-file="+p.path("audit-policy.yaml"), "--audit-log-path="+p.path("audit.log"),
		"--audit-log-mode=blocking-strict") // a request that was answered is in the log
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {certificate-authority: %q, server: "https://127.0.0.1:%d"}}]
users: [{name: %[3]q, user: {token: %[4]q}}]
contexts: [{name: test, context: {cluster: test, user: %[3]q}}]
current-context: test
`

// start runs one of the programs in a process of its own, which ends with this one, even if this is killed.
func (p *plane) start(program string, options ...string) (*exec.Cmd, error) {
	log, err := os.Create(p.path(program + ".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(self, append([]string{program}, options...)...)
	command.Dir = p.directory
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.ended <- fmt.Errorf("%s ended (%v): see %s", program, command.Wait(), log.Name())
	}()
	return command, nil
}

// client is one with the rights of a user, and without the limit that clients set themselves.
func (p *plane) client(user string) (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", p.path(user+".kubeconfig"))
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	return kubernetes.NewForConfig(config)
}

// await asks until there is no error, and gives up when something ended or took too long.
func (p *plane) await(what string, question func() error) error {
	deadline := time.After(patience)
	for {
		last := question()
		if last == nil {
			return nil
		}
		select {
		case err := <-p.ended:
			return err
		case <-deadline:
			return errors.Join(fmt.Errorf("%s does not answer after %v: see %s", what, patience, p.path(what+".log")), last)
		case <-time.After(pause):
		}
	}
}

// freePort is one that nobody listens on now. The API server takes no socket that is open already.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
