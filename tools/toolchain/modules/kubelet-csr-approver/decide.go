package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	certificates "k8s.io/api/certificates/v1"
)

const nodePrefix = "system:node:"

// policy says which kubelet serving certificates are allowed.
type policy struct {
	names           *regexp.Regexp
	prefixes        []netip.Prefix
	maxSeconds      int32
	maxNames        int
	skipResolution  bool
	skipHostname    bool
	ignoreNonSystem bool
	resolve         func(ctx context.Context, host string) ([]string, error)
}

// verdict is what to do with a request.
type verdict int

const (
	ignore verdict = iota
	approve
	deny
)

// decide judges one certificate signing request; the text is the reason of a denial.
func (p *policy) decide(ctx context.Context, request *certificates.CertificateSigningRequest) (verdict, string) {
	if request.Spec.SignerName != certificates.KubeletServingSignerName || settled(request) {
		return ignore, ""
	}
	if !strings.HasPrefix(request.Spec.Username, nodePrefix) {
		if p.ignoreNonSystem {
			return ignore, ""
		}
		return deny, "the request does not come from a node"
	}
	wanted, err := parse(request.Spec.Request)
	if err != nil {
		return deny, err.Error()
	}
	for _, problem := range []string{
		p.subjectProblem(request, wanted),
		p.namesProblem(strings.TrimPrefix(request.Spec.Username, nodePrefix), wanted),
		p.addressesProblem(ctx, wanted),
	} {
		if problem != "" {
			return deny, problem
		}
	}
	return approve, ""
}

func settled(request *certificates.CertificateSigningRequest) bool {
	return len(request.Status.Certificate) > 0 ||
		slices.ContainsFunc(request.Status.Conditions, func(c certificates.CertificateSigningRequestCondition) bool {
			return c.Type == certificates.CertificateApproved || c.Type == certificates.CertificateDenied
		})
}

func parse(request []byte) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode(request)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, fmt.Errorf("the request is not a PEM certificate request")
	}
	wanted, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the request can't be parsed: %w", err)
	}
	return wanted, wanted.CheckSignature()
}

func (p *policy) subjectProblem(request *certificates.CertificateSigningRequest, wanted *x509.CertificateRequest) string {
	switch {
	case wanted.Subject.CommonName != request.Spec.Username:
		return "the common name is not the user who asks"
	case len(wanted.EmailAddresses) > 0 || len(wanted.URIs) > 0:
		return "the request holds an e-mail address or a URI"
	case len(wanted.DNSNames)+len(wanted.IPAddresses) == 0:
		return "the request holds neither a DNS name nor an IP address"
	case request.Spec.ExpirationSeconds != nil && *request.Spec.ExpirationSeconds > p.maxSeconds:
		return "the lifetime asked for is too long"
	}
	return ""
}

func (p *policy) namesProblem(node string, wanted *x509.CertificateRequest) string {
	if len(wanted.DNSNames) > p.maxNames {
		return "the request holds too many DNS names"
	}
	for _, name := range wanted.DNSNames {
		if !p.skipHostname && name != node && !strings.HasPrefix(name, node+".") {
			return fmt.Sprintf("DNS name %q is not that of the node", name)
		}
		if !p.names.MatchString(name) {
			return fmt.Sprintf("DNS name %q does not match the allowed pattern", name)
		}
	}
	return ""
}

func (p *policy) addressesProblem(ctx context.Context, wanted *x509.CertificateRequest) string {
	known, err := p.resolved(ctx, wanted.DNSNames)
	if err != nil {
		return err.Error()
	}
	for _, raw := range wanted.IPAddresses {
		address, _ := netip.AddrFromSlice(raw)
		address = address.Unmap()
		inside := func(prefix netip.Prefix) bool { return prefix.Contains(address) }
		if !slices.ContainsFunc(p.prefixes, inside) {
			return fmt.Sprintf("IP address %s is outside the allowed prefixes", address)
		}
		if known != nil && !slices.Contains(known, address) {
			return fmt.Sprintf("IP address %s does not belong to the DNS name", address)
		}
	}
	return ""
}

// resolved gives the addresses of the names; nil when they are not to be compared.
func (p *policy) resolved(ctx context.Context, names []string) ([]netip.Addr, error) {
	if p.skipResolution || len(names) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	known := []netip.Addr{}
	for _, name := range names {
		answers, err := p.resolve(ctx, name)
		if err != nil || len(answers) == 0 {
			return nil, fmt.Errorf("DNS name %q has no address", name)
		}
		for _, answer := range answers {
			if address, err := netip.ParseAddr(answer); err == nil {
				known = append(known, address.Unmap())
			}
		}
	}
	return known, nil
}
