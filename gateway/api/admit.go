package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/gateway/limit"
)

// admit lets requests in whose key has the scope of the operation, as many as there is room for. Whoever is turned away
// was told so from memory: the database is asked only for those who are let in.
func (s *server) admit(c huma.Context, next func(huma.Context)) {
	g := humagin.Unwrap(c)
	key, turn, err := s.enter(c)
	if err != nil {
		if errors.Is(err, errNoKey) {
			c.SetHeader("WWW-Authenticate", "Bearer")
		}
		s.refuse(g, err)
		return
	}
	showQuota(g, turn.Quota())
	answer := hold(g)
	defer answer.send(g)
	defer turn.Done()
	next(huma.WithContext(c, limit.With(context.WithValue(c.Context(), callerKey{}, key), turn)))
}

// enter authenticates a request and lets it in. The turn is to be ended when there is no error.
func (s *server) enter(c huma.Context) (access.Key, *limit.Turn, error) {
	shown, err := readToken(c.Header("Authorization"))
	if err != nil {
		return access.Key{}, nil, err
	}
	scope, _ := c.Operation().Metadata["scope"].(access.Scope)
	class, _ := c.Operation().Metadata["class"].(limit.Class)
	known, ok := s.Access.RememberedKey(shown.id)
	if !ok {
		if known, err = s.introduce(c.Context(), humagin.Unwrap(c).ClientIP(), shown.id); err != nil {
			return access.Key{}, nil, err
		}
	}
	if err := shown.opens(known, scope); err != nil {
		return access.Key{}, nil, err
	}
	turn, err := s.Limiter.Admit(c.Context(), class, senderOf(known))
	if err != nil {
		return access.Key{}, nil, err
	}
	key, err := s.key(c.Context(), shown.id)
	if err == nil {
		err = shown.opens(key, scope)
	}
	if err != nil {
		turn.Done()
		return access.Key{}, nil, err
	}
	return key, turn, nil
}

// introduce looks up a key that was not seen here before. An address that shows many that are none is turned away for a
// while, before anybody looks.
func (s *server) introduce(ctx context.Context, address, id string) (access.Key, error) {
	turn, err := s.Limiter.Admit(ctx, limit.Strangers, limit.Address(address).String())
	if err != nil {
		return access.Key{}, err
	}
	defer turn.Done()
	key, err := s.key(ctx, id)
	if errors.Is(err, errNoKey) {
		turn.Strike()
	}
	return key, err
}

// senderOf is whose share a request takes: that of the merchant, whichever of their keys it came with.
func senderOf(k access.Key) string {
	if k.Merchant != "" {
		return k.Merchant
	}
	return k.ID
}

// classOf is how most operations are let in.
func classOf(method string, scope access.Scope) limit.Class {
	switch {
	case scope == access.Operator || scope == access.Support:
		return limit.Resolution
	case method == http.MethodGet:
		return limit.Reads
	default:
		return limit.Payments
	}
}

// change marks an operation that concerns money which has moved or may have. New payments do not keep it out.
func change(op huma.Operation) huma.Operation {
	op.Metadata["class"] = limit.Changes
	return op
}

// showQuota says what a merchant may still ask, as draft-ietf-httpapi-ratelimit-headers-10 writes it.
func showQuota(c *gin.Context, q limit.Quota) {
	for name, value := range quotaHeaders(q) {
		c.Header(name, value)
	}
}

func quotaHeaders(q limit.Quota) map[string]string {
	if q.Most == 0 {
		return nil
	}
	name := strconv.Quote(q.Class.String())
	return map[string]string{
		"RateLimit-Policy": name + ";q=" + strconv.Itoa(q.Most) + ";w=" + wholeSeconds(q.Window),
		"RateLimit":        name + ";r=" + strconv.Itoa(q.Left) + ";t=" + wholeSeconds(q.Full),
	}
}

// wholeSeconds rounds up.
func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// held is an answer that is sent when the work is done, so that a client who reads slowly holds a connection and no slot.
type held struct {
	gin.ResponseWriter

	body bytes.Buffer // no more than a page of objects
}

func hold(c *gin.Context) *held {
	h := &held{ResponseWriter: c.Writer}
	c.Writer = h
	return h
}

// Write keeps what is to be sent.
func (h *held) Write(data []byte) (int, error) { return h.body.Write(data) }

// WriteString keeps what is to be sent.
func (h *held) WriteString(text string) (int, error) { return h.body.WriteString(text) }

// WriteHeaderNow waits.
func (h *held) WriteHeaderNow() {}

// send sends it.
func (h *held) send(c *gin.Context) {
	c.Writer = h.ResponseWriter
	if h.body.Len() > 0 {
		_, _ = c.Writer.Write(h.body.Bytes()) // whoever hung up does not read it
	}
}
