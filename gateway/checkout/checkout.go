// Package checkout is what payers see: the page of a payment at /c/{secret}, where they choose how to pay and follow what
// becomes of it, and the status page. Everything is rendered here and works without JavaScript; the little that there is
// only follows the status. Handlers read the payment and ask the gateway; they never call a rail.
package checkout

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/gateway/limit"
)

// Merchants is what the pages read beside the payment itself.
type Merchants interface {
	Merchant(ctx context.Context, id string) (access.Merchant, error)
}

// Deps is what the pages are made of.
type Deps struct {
	Gateway   *gateway.Gateway
	Merchants Merchants
	Board     *breaker.Board
	Limiter   *limit.Limiter
	Now       func() time.Time
	Log       *slog.Logger
	PublicURL string   // how payers reach this gateway
	Proxies   []string // addresses and networks whose X-Forwarded-For is believed
}

type server struct {
	Deps

	origin *http.CrossOriginProtection
	secure bool // payers come by https
	began  time.Time
}

// Serves reports whether a path belongs to these pages.
func Serves(path string) bool {
	return strings.HasPrefix(path, "/c/") || path == statusPath || path == summaryPath
}

const (
	statusPath  = "/status"
	summaryPath = "/api/v2/summary.json"
	bodyMax     = 4 << 10 // bytes of a form
)

// New returns the handler of the pages.
func New(d Deps) http.Handler {
	s := &server{Deps: d, origin: http.NewCrossOriginProtection(), began: d.Now()}
	if u, err := url.Parse(d.PublicURL); err == nil && u.Host != "" {
		_ = s.origin.AddTrustedOrigin(u.Scheme + "://" + u.Host) // an address that is none trusts nobody
		s.secure = u.Scheme == "https"
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	_ = engine.SetTrustedProxies(d.Proxies) // the configuration was validated
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.Use(s.guard, s.recovered)
	engine.NoRoute(s.notFound)
	engine.NoMethod(s.notFound)
	engine.GET("/c/assets/:version/:name", s.asset) // from memory
	engine.Use(s.received, s.admit)
	engine.GET("/c/:secret", s.show)
	engine.GET("/c/:secret/status", s.follow)
	engine.POST("/c/:secret/method", s.choose)
	engine.GET(statusPath, s.health)
	engine.GET(summaryPath, s.summary)
	return engine
}

// policy lets a page load our own style, script and answers, and nothing else. Pictures are drawn in the page itself.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard gives every answer its headers, and logs the request by the name of its route: the path holds the secret.
func (s *server) guard(c *gin.Context) {
	began := s.Now()
	c.Header("Content-Security-Policy", policy)
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("X-Robots-Tag", "noindex")
	c.Header("Cross-Origin-Opener-Policy", "same-origin")
	c.Next()
	s.Log.Info("page", "method", c.Request.Method, "path", c.FullPath(), "status", c.Writer.Status(), "took", s.Now().Sub(began))
}

// recovered turns a panic into a page that tells nothing about it.
func (s *server) recovered(c *gin.Context) {
	defer func() {
		if caught := recover(); caught != nil {
			if caught == http.ErrAbortHandler {
				panic(caught)
			}
			s.Log.Error("panic", "path", c.FullPath(), "panic", caught, "stack", string(debug.Stack()))
			s.note(c, http.StatusInternalServerError, "trouble")
		}
	}()
	c.Next()
}

// received waits for the whole form, so that a client who sends slowly holds a connection and no slot.
func (s *server) received(c *gin.Context) {
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, bodyMax))
	if err != nil {
		s.note(c, http.StatusBadRequest, "bad_form")
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(data))
	c.Next()
}

// admit lets as many payers in as there is room for, those behind different addresses in turn.
func (s *server) admit(c *gin.Context) {
	ctx := c.Request.Context()
	turn, err := s.Limiter.Admit(ctx, limit.Pages, limit.Address(c.ClientIP()).String())
	if shed := (*limit.Shed)(nil); errors.As(err, &shed) {
		c.Header("Retry-After", strconv.Itoa(int(shed.After/time.Second)))
		s.note(c, http.StatusServiceUnavailable, "trouble")
		return
	}
	defer turn.Done()
	c.Request = c.Request.WithContext(limit.With(ctx, turn))
	c.Next()
}
