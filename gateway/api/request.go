package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/payment"
)

// request is what is known of a request before anybody acts on it.
type request struct {
	id       string
	language string // of the texts its sender wants: "en" or "zh"
	path     string
	digest   string // SHA-256 of the body, in hex: the same bytes are the same request
}

type requestKey struct{}

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// accompany gives every request an id and every answer its headers, and logs it without its body.
func (s *server) accompany(c *gin.Context) {
	began := s.Now()
	r := request{id: s.NewID("req"), language: languageOf(c.GetHeader("Accept-Language")), path: c.Request.URL.Path}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, r))
	c.Header("Request-Id", r.id)
	c.Header("Gateway-Version", Version)
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Next()
	level := slog.LevelInfo
	if c.GetBool(shedMark) {
		level = slog.LevelDebug // there may be thousands, and the metrics count them
	}
	s.Log.Log(c.Request.Context(), level, "request", "id", r.id, "method", c.Request.Method, "path", c.FullPath(), "status", c.Writer.Status(), "took", s.Now().Sub(began))
}

// shedMark is set on a request that was turned away.
const shedMark = "shed"

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
			s.Log.Error("panic", "request", requestOf(c.Request.Context()).id, "panic", caught, "stack", string(debug.Stack()))
			s.refuse(c, errInternal)
		}
	}()
	c.Next()
}

// strictAddress refuses an address that could be read in two ways, and a card number in it or in the key that is kept.
func (s *server) strictAddress(c *gin.Context) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil || !isText(c.Request.URL.Path) {
		s.refuse(c, errBadAddress)
		return
	}
	for _, values := range query {
		switch {
		case len(values) > 1 || !isText(values[0]):
			s.refuse(c, errBadAddress)
			return
		case payment.IsCardNumber(values[0]):
			s.refuse(c, errRawPAN)
			return
		}
	}
	if payment.IsCardNumber(c.GetHeader("Idempotency-Key")) {
		s.refuse(c, errRawPAN)
		return
	}
	c.Next()
}

// isText reports whether a database can keep it: UTF-8 without control characters.
func isText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
