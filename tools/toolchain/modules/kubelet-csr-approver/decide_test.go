package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"net/netip"
	"regexp"
	"testing"

	certificates "k8s.io/api/certificates/v1"
)

func testPolicy() *policy {
	return &policy{
		names:      regexp.MustCompile(`^node-\d(\.example)?$`),
		prefixes:   []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
		maxSeconds: 3600,
		maxNames:   1,
		resolve:    func(context.Context, string) ([]string, error) { return []string{"10.0.0.1"}, nil },
	}
}

func request(t *testing.T, user, commonName string, names, addresses []string) *certificates.CertificateSigningRequest {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: commonName}, DNSNames: names}
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	asked := &certificates.CertificateSigningRequest{}
	asked.Spec.SignerName = certificates.KubeletServingSignerName
	asked.Spec.Username = user
	asked.Spec.Request = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	return asked
}

func TestDecide(t *testing.T) {
	const node = "system:node:node-1"
	long := int32(7200)
	cases := map[string]struct {
		user, commonName string
		names, addresses []string
		change           func(*policy, *certificates.CertificateSigningRequest)
		want             verdict
	}{
		"the node's own name and address": {node, node, []string{"node-1"}, []string{"10.0.0.1"}, nil, approve},
		"its name in a domain":            {node, node, []string{"node-1.example"}, nil, nil, approve},
		"an address alone":                {node, node, nil, []string{"10.0.0.9"}, nil, approve},
		"another signer": {node, node, []string{"node-1"}, nil, func(_ *policy, r *certificates.CertificateSigningRequest) {
			r.Spec.SignerName = certificates.KubeAPIServerClientKubeletSignerName
		}, ignore},
		"already approved": {node, node, []string{"node-1"}, nil, func(_ *policy, r *certificates.CertificateSigningRequest) {
			r.Status.Conditions = []certificates.CertificateSigningRequestCondition{{Type: certificates.CertificateApproved}}
		}, ignore},
		"no request at all": {node, node, []string{"node-1"}, nil, func(_ *policy, r *certificates.CertificateSigningRequest) {
			r.Spec.Request = []byte("nothing")
		}, deny},
		"too long a life": {node, node, []string{"node-1"}, nil, func(_ *policy, r *certificates.CertificateSigningRequest) {
			r.Spec.ExpirationSeconds = &long
		}, deny},
		"an address that DNS does not give": {node, node, []string{"node-1"}, []string{"10.0.0.2"}, nil, deny},
		"the same without asking DNS": {node, node, []string{"node-1"}, []string{"10.0.0.2"},
			func(p *policy, _ *certificates.CertificateSigningRequest) { p.skipResolution = true }, approve},
		"not a node":             {"admin", "admin", []string{"node-1"}, nil, nil, deny},
		"another common name":    {node, "system:node:node-2", []string{"node-1"}, nil, nil, deny},
		"another node's name":    {node, node, []string{"node-2"}, nil, nil, deny},
		"a name that starts so":  {node, node, []string{"node-12"}, nil, nil, deny},
		"two names":              {node, node, []string{"node-1", "node-1.example"}, nil, nil, deny},
		"no name, no address":    {node, node, nil, nil, nil, deny},
		"an address outside":     {node, node, nil, []string{"10.0.1.1"}, nil, deny},
		"an IPv6 address":        {node, node, nil, []string{"fd00::1"}, nil, deny},
		"a name off the pattern": {"system:node:web", "system:node:web", []string{"web"}, nil, nil, deny},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rules, asked := testPolicy(), request(t, c.user, c.commonName, c.names, c.addresses)
			if c.change != nil {
				c.change(rules, asked)
			}
			got, reason := rules.decide(context.Background(), asked)
			if got != c.want {
				t.Errorf("verdict %v (%q), want %v", got, reason, c.want)
			}
			if (got == deny) != (reason != "") {
				t.Errorf("verdict %v with reason %q", got, reason)
			}
		})
	}
}
