// A whole Kubernetes API for the system tests of the `kubernetes` connector: etcd, the API server and the three
// controllers that credentials depend on, in one process on loopback. No kubelet: pods are records that never run.
//
//	kube-api DIR API-PORT ETCD-PORT [FLAG-OF-THE-API-SERVER…]
//
// Writes into DIR: `ca.pem`, `admin.pem` and `admin.key` (a client certificate of group system:masters), `client-ca.pem`
// and `client-ca.key` (with which a test signs other people's certificates) and `service-accounts.key`.
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	tokens "k8s.io/kubernetes/pkg/serviceaccount"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: kube-api DIR API-PORT ETCD-PORT [FLAG…]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, "kube-api:", err)
		os.Exit(1)
	}
}

func run(dir, apiPort, etcdPort string, flags []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	files, err := writeKeys(dir)
	if err != nil {
		return err
	}
	etcd, err := startEtcd(filepath.Join(dir, "etcd"), etcdPort)
	if err != nil {
		return err
	}
	defer etcd.Close()

	command := apiserver.NewAPIServerCommand()
	command.SetArgs(append([]string{
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=" + apiPort,
		"--etcd-servers=http://127.0.0.1:" + etcdPort,
		"--tls-cert-file=" + files.serverCert, "--tls-private-key-file=" + files.serverKey,
		"--client-ca-file=" + files.clientCA,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + files.accountCert, "--service-account-signing-key-file=" + files.accountKey,
		"--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=Node,RBAC",
	}, flags...))
	failed := make(chan error, 1)
	go func() { failed <- command.ExecuteContext(ctx) }()
	go func() {
		if err := runControllers(ctx, "https://127.0.0.1:"+apiPort, files); err != nil {
			failed <- err
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func startEtcd(dir, port string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir, config.LogLevel = dir, "error"
	client := url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	// One member has no peers; a unix socket keeps it off the network.
	peer := url.URL{Scheme: "unix", Host: "localhost:0"}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{{Scheme: "http", Host: "localhost:1"}}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	<-etcd.Server.ReadyNotify()
	return etcd, nil
}

// runControllers fills legacy token secrets, makes `default` accounts and unites aggregated roles.
func runControllers(ctx context.Context, host string, files keyFiles) error {
	client, err := kubernetes.NewForConfig(&rest.Config{Host: host, QPS: 200, Burst: 400, TLSClientConfig: rest.TLSClientConfig{
		CAFile: files.serverCA, CertFile: files.adminCert, KeyFile: files.adminKey,
	}})
	if err != nil {
		return err
	}
	if err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		body, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil && string(body) == "ok", nil
	}); err != nil {
		return nil
	}
	logger := klog.FromContext(ctx)
	shared := informers.NewSharedInformerFactory(client, 0)
	core := shared.Core().V1()
	generator, err := tokens.JWTTokenGenerator(tokens.LegacyIssuer, files.signer)
	if err != nil {
		return err
	}
	token, err := serviceaccount.NewTokensController(logger, core.ServiceAccounts(), core.Secrets(), client,
		serviceaccount.TokensControllerOptions{TokenGenerator: generator})
	if err != nil {
		return err
	}
	accounts, err := serviceaccount.NewServiceAccountsController(logger, core.ServiceAccounts(), core.Namespaces(), client,
		serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	aggregation := clusterroleaggregation.NewClusterRoleAggregation(shared.Rbac().V1().ClusterRoles(), client.RbacV1())
	shared.Start(ctx.Done())
	go token.Run(ctx, 1)
	go accounts.Run(ctx, 1)
	go aggregation.Run(ctx, 1)
	fmt.Println("ready")
	return nil
}

type keyFiles struct {
	serverCA, serverCert, serverKey, clientCA, adminCert, adminKey, accountCert, accountKey string
	signer                                                                                  crypto.Signer
}

func writeKeys(dir string) (keyFiles, error) {
	at := func(name string) string { return filepath.Join(dir, name) }
	files := keyFiles{
		serverCA: at("ca.pem"), serverCert: at("server.pem"), serverKey: at("server.key"), clientCA: at("client-ca.pem"),
		adminCert: at("admin.pem"), adminKey: at("admin.key"),
		accountCert: at("service-accounts.pem"), accountKey: at("service-accounts.key"),
	}
	serverCA, err := issue(nil, pkix.Name{CommonName: "cordon-lab"}, files.serverCA, at("ca.key"))
	if err != nil {
		return files, err
	}
	if _, err = issue(serverCA, pkix.Name{CommonName: "kube-apiserver"}, files.serverCert, files.serverKey); err != nil {
		return files, err
	}
	clientCA, err := issue(nil, pkix.Name{CommonName: "cordon-lab-clients"}, files.clientCA, at("client-ca.key"))
	if err != nil {
		return files, err
	}
	admin := pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}
	if _, err = issue(clientCA, admin, files.adminCert, files.adminKey); err != nil {
		return files, err
	}
	accounts, err := issue(nil, pkix.Name{CommonName: "service-accounts"}, files.accountCert, files.accountKey)
	if err != nil {
		return files, err
	}
	files.signer = accounts.key
	return files, nil
}

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue signs a certificate with `by`, or with itself where `by` is nil, and writes it and its key.
func issue(by *authority, subject pkix.Name, certFile, keyFile string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: subject, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	parent, signer := template, key
	if by == nil {
		template.IsCA = true
		template.KeyUsage |= x509.KeyUsageCertSign
	} else {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return nil, err
	}
	block := &pem.Block{Type: "PRIVATE KEY", Bytes: encoded}
	return &authority{cert: cert, key: key}, os.WriteFile(keyFile, pem.EncodeToMemory(block), 0o600)
}
