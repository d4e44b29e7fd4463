// Package kwok pins the version of kwok, which plays the nodes of make
// bench-growth: hack/install-tools builds it from here.
package kwok
