// The kubelet-csr-approver of local clusters: it approves the serving certificates that kubelets ask for.
//
// It stands in for the image ghcr.io/postfinance/kubelet-csr-approver where images can't be pulled, and takes the
// flags and environment variables of that program, so that the same manifest runs with either. One replica at a time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	certificates "k8s.io/api/certificates/v1"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

const year = 367 * 24 * 60 * 60

func main() {
	rules, probes, err := settings(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, rules, probes); err != nil {
		log.Fatal(err)
	}
}

// settings reads flags; each that is not given may come from the environment, as PROVIDER_REGEX for -provider-regex.
func settings(arguments []string) (*policy, string, error) {
	flags := flag.NewFlagSet("kubelet-csr-approver", flag.ContinueOnError)
	names := flags.String("provider-regex", ".*", "pattern of allowed DNS names")
	prefixes := flags.String("provider-ip-prefixes", "0.0.0.0/0,::/0", "allowed addresses, as prefixes with commas")
	seconds := flags.Int("max-expiration-sec", year, "longest lifetime that may be asked for, in seconds")
	maxNames := flags.Int("allowed-dns-names", 1, "most DNS names in one request")
	skipResolution := flags.Bool("bypass-dns-resolution", false, "do not compare addresses with DNS")
	skipHostname := flags.Bool("bypass-hostname-check", false, "allow DNS names other than the node's")
	ignoreNonSystem := flags.Bool("ignore-non-system-node", false, "leave requests of others alone instead of denying")
	probes := flags.String("health-probe-bind-address", ":8081", "address of /healthz")
	flags.String("metrics-bind-address", ":8080", "accepted; there are no metrics")
	flags.Int("level", 0, "accepted; the log has one level")
	flags.Bool("leader-election", false, "accepted; run one replica")
	if err := flags.Parse(arguments); err != nil {
		return nil, "", err
	}
	if err := fromEnvironment(flags); err != nil {
		return nil, "", err
	}
	pattern, err := regexp.Compile(*names)
	if err != nil {
		return nil, "", fmt.Errorf("provider-regex: %w", err)
	}
	if *seconds < 0 || *seconds > year {
		return nil, "", fmt.Errorf("max-expiration-sec must be from 0 to %d", year)
	}
	rules := &policy{
		names: pattern, maxSeconds: int32(*seconds), maxNames: *maxNames, skipResolution: *skipResolution,
		skipHostname: *skipHostname, ignoreNonSystem: *ignoreNonSystem, resolve: net.DefaultResolver.LookupHost,
	}
	for _, text := range strings.Split(*prefixes, ",") {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, "", fmt.Errorf("provider-ip-prefixes: %w", err)
		}
		rules.prefixes = append(rules.prefixes, prefix)
	}
	return rules, *probes, nil
}

func fromEnvironment(flags *flag.FlagSet) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var problems []error
	flags.VisitAll(func(f *flag.Flag) {
		value, found := os.LookupEnv(strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")))
		if found && !given[f.Name] {
			if err := flags.Set(f.Name, value); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", f.Name, err))
			}
		}
	})
	return errors.Join(problems...)
}

// run judges every request that the API server has or gets, until the context ends.
func run(ctx context.Context, rules *policy, probes string) error {
	// KUBECONFIG, else the pod's service account.
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil && errors.Is(err, rest.ErrNotInCluster) {
		return fmt.Errorf("set KUBECONFIG or run in a pod: %w", err)
	} else if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	go func() { log.Fatal(serveHealth(probes)) }()

	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	store, controller := watch(client, queue)
	go controller.RunWithContext(ctx)
	go func() {
		<-ctx.Done()
		queue.ShutDown()
	}()
	log.Print("waiting for requests")
	for {
		name, ended := queue.Get()
		if ended {
			return nil
		}
		if err := settle(ctx, client, store, rules, name); err != nil {
			log.Printf("%s: %v; trying again", name, err)
			queue.AddRateLimited(name)
		} else {
			queue.Forget(name)
		}
		queue.Done(name)
	}
}

func watch(client kubernetes.Interface, queue workqueue.TypedRateLimitingInterface[string]) (cache.Store, cache.Controller) {
	serving := fields.OneTermEqualSelector("spec.signerName", certificates.KubeletServingSignerName)
	source := cache.NewListWatchFromClient(
		client.CertificatesV1().RESTClient(), "certificatesigningrequests", meta.NamespaceAll, serving)
	add := func(object any) {
		if name, err := cache.MetaNamespaceKeyFunc(object); err == nil {
			queue.Add(name)
		}
	}
	return cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: source,
		ObjectType:    &certificates.CertificateSigningRequest{},
		ResyncPeriod:  10 * time.Minute,
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    add,
			UpdateFunc: func(_, object any) { add(object) },
		},
	})
}

// settle approves or denies one request, if that is still to be done.
func settle(ctx context.Context, client kubernetes.Interface, store cache.Store, rules *policy, name string) error {
	object, found, err := store.GetByKey(name)
	if err != nil || !found {
		return err
	}
	request := object.(*certificates.CertificateSigningRequest).DeepCopy()
	condition := certificates.CertificateSigningRequestCondition{Status: core.ConditionTrue, LastUpdateTime: meta.Now()}
	switch choice, reason := rules.decide(ctx, request); choice {
	case ignore:
		return nil
	case approve:
		condition.Type, condition.Reason = certificates.CertificateApproved, "KubeletServingAllowed"
		condition.Message = "the request is what this node's kubelet may ask for"
	case deny:
		condition.Type, condition.Reason, condition.Message = certificates.CertificateDenied, "KubeletServingRefused", reason
	}
	request.Status.Conditions = append(request.Status.Conditions, condition)
	log.Printf("%s from %s: %s %s", name, request.Spec.Username, condition.Type, condition.Message)
	_, err = client.CertificatesV1().CertificateSigningRequests().UpdateApproval(ctx, name, request, meta.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func serveHealth(address string) error {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprint(answer, "ok") })
	routes.HandleFunc("GET /readyz", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprint(answer, "ok") })
	server := &http.Server{Addr: address, Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}
