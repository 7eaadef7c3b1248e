package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/payment"
)

// healthFor is how long what the database said counts, so that anybody may ask for it as often as they like.
const healthFor = time.Second

// healthMax is how long the database has to say so.
const healthMax = 2 * time.Second

// health is whether payments can be taken, as it was found last.
type health struct {
	mu     sync.Mutex
	asking bool
	asked  time.Time
	err    error
}

// due reports whether the caller is to ask again, as the only one.
func (h *health) due(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asking || now.Before(h.asked.Add(healthFor)) {
		return false
	}
	h.asking = true
	return true
}

func (h *health) found(err error, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asking, h.asked, h.err = false, now, err
}

func (h *health) last() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// ready says whether payments can be taken. While somebody asks the database, others are told what it said last; until
// it said anything, that it can.
func (s *server) ready(c *gin.Context) {
	if s.health.due(s.Now()) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), healthMax) // others wait for it as well
		s.health.found(s.Ready(ctx), s.Now())
		cancel()
	}
	if s.health.last() != nil {
		s.refuse(c, payment.ErrUnavailable)
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ready"})
}
