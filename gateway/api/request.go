package api

import (
	"context"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// company is what goes along with a request: what it is known as, the language of its sender, and its fingerprint.
type company struct {
	id       string
	language string
	path     string
	digest   string // SHA-256 of the body, in hex: the same bytes are the same request
}

type companyKey struct{}

func companyOf(ctx context.Context) company {
	c, _ := ctx.Value(companyKey{}).(company)
	return c
}

// accompany gives every request an id and every answer its headers, and logs it without its body.
func (s *server) accompany(c *gin.Context) {
	began := time.Now()
	with := company{id: s.NewID("req"), language: languageOf(c.GetHeader("Accept-Language")), path: c.Request.URL.Path}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), companyKey{}, with))
	c.Header("Request-Id", with.id)
	c.Header("Gateway-Version", Version)
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Next()
	s.Log.Info("request", "id", with.id, "method", c.Request.Method, "path", c.FullPath(), "status", c.Writer.Status(), "took", time.Since(began))
}

// languageOf picks the first language that texts exist in, in the order of the header.
func languageOf(header string) string {
	const longest = 200
	if len(header) > longest {
		return "en"
	}
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base {
		case "zh", "en":
			return base
		}
	}
	return "en"
}

// recovered turns a panic into a problem that tells nothing about it.
func (s *server) recovered(c *gin.Context) {
	defer func() {
		if caught := recover(); caught != nil {
			if caught == http.ErrAbortHandler {
				panic(caught)
			}
			s.Log.Error("panic", "request", companyOf(c.Request.Context()).id, "panic", caught, "stack", string(debug.Stack()))
			s.refuse(c, errInternal)
		}
	}()
	c.Next()
}
