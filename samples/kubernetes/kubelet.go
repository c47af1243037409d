package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/cert"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

// kubelet serves what the API server asks a node's kubelet for on behalf of its callers, for the pods of all
// nodes: forwarded ports, which reach the address in the pod's status, and logs, which are files of the
// directory, NAMESPACE/POD/CONTAINER. It returns the port.
func kubelet(client kubernetes.Interface, logs string) (int, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	if err != nil {
		return 0, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return 0, err
	}
	// HTTP/1.1 alone: connections are taken over.
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return 0, err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		serveLog(w, r, filepath.Join(logs, r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")))
	})
	routes.HandleFunc("/portForward/{namespace}/{pod}", func(w http.ResponseWriter, r *http.Request) {
		options, err := portforward.NewV4Options(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		portforward.ServePortForward(w, r, pods{client, r.PathValue("namespace")}, r.PathValue("pod"), "", options,
			time.Minute, time.Minute, portforward.SupportedProtocols)
	})
	go http.Serve(listener, routes)
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// serveLog answers with the last lines of a file, as many as were asked for.
func serveLog(w http.ResponseWriter, r *http.Request, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		http.Error(w, "no log of this container: "+err.Error(), http.StatusNotFound)
		return
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if tail, err := strconv.Atoi(r.URL.Query().Get("tailLines")); err == nil {
		lines = lines[max(0, len(lines)-tail):]
	}
	w.Write(append(bytes.Join(lines, nil), '\n'))
}

// pods reaches the pods of one namespace.
type pods struct {
	client    kubernetes.Interface
	namespace string
}

// PortForward carries a stream to and from a port of the pod.
func (p pods) PortForward(ctx context.Context, name, _ string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	pod, err := p.client.CoreV1().Pods(p.namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	connection, err := net.Dial("tcp", net.JoinHostPort(pod.Status.PodIP, fmt.Sprint(port)))
	if err != nil {
		return err
	}
	defer connection.Close()
	go func() {
		io.Copy(connection, stream)
		connection.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(stream, connection)
	return err
}
