package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/payment"
)

// Problem is an error as RFC 9457 writes it. It never repeats what was sent.
type Problem struct {
	Type        string        `json:"type" format:"uri-reference" doc:"Help page of the cause"`
	Title       string        `json:"title"`
	Status      int           `json:"status"`
	Detail      string        `json:"detail"`
	Instance    string        `json:"instance" doc:"Path of the request"`
	Code        string        `json:"code"`
	Cause       payment.Cause `json:"cause" enum:"network,balance,channel,identity,institution,client,request,declined,internal"`
	Retryable   bool          `json:"retryable" doc:"The same request may succeed later"`
	NextActions []string      `json:"next_actions"`
	Errors      []Violation   `json:"errors,omitempty" doc:"Every fault of the request"`
	RequestID   string        `json:"request_id"`

	retryAfter string
	quota      limit.Quota
}

// Violation is one thing that is wrong with a request.
type Violation struct {
	Pointer string `json:"pointer" doc:"Where it is: a JSON pointer into the body, or the name of a parameter"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// Error says where and what.
func (v Violation) Error() string { return v.Pointer + " " + v.Detail }

// Error is for logs.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders tells huma what goes along.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	for name, value := range quotaHeaders(p.quota) {
		h.Set(name, value)
	}
	return h
}

// refuse answers a request outside huma.
func (s *server) refuse(c *gin.Context, err error) {
	p := s.problem(c.Request.Context(), err)
	for name, values := range p.GetHeaders() {
		c.Writer.Header()[name] = values
	}
	c.Set(shedMark, errors.Is(err, limit.ErrExcess) || errors.Is(err, limit.ErrBusy))
	c.Header("Content-Type", p.ContentType(""))
	c.AbortWithStatusJSON(p.Status, p)
}

// problem explains an error in the sender's language. A fault of ours is logged; its sender only learns that there was one.
func (s *server) problem(ctx context.Context, err error) *Problem {
	row := rowOf(err)
	shed := (*limit.Shed)(nil)
	if errors.As(err, &shed) {
		row.retryAfter = wholeSeconds(shed.After)
		p := row.problem(ctx)
		p.quota = shed.Quota
		return p
	}
	if row.status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "request", requestOf(ctx).id, "err", err)
	}
	p := row.problem(ctx)
	p.Errors = faultsIn(err)
	return p
}

func (r row) problem(ctx context.Context) *Problem {
	asked := requestOf(ctx)
	text := r.en
	if asked.language == "zh" {
		text = r.zh
	}
	p := &Problem{
		Type: "/help/" + string(r.cause), Title: text.Title, Detail: text.Detail, Status: r.status, Instance: asked.path,
		Code: r.code, Cause: r.cause, Retryable: r.retryAfter != "", NextActions: r.actions, RequestID: asked.id, retryAfter: r.retryAfter,
	}
	if p.NextActions == nil {
		p.NextActions = []string{}
	}
	return p
}

// init sets what huma only takes for the whole process: its own errors would repeat the value that was sent, and its
// own reading of member names would not heed case.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return refusal(ctx.Context(), status, message, errs)
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return refusal(context.Background(), status, message, errs)
	}
}

// refusal is what huma's checks of a request lead to.
func refusal(ctx context.Context, status int, message string, errs []error) *Problem {
	why := errInvalid
	for _, err := range errs {
		if errors.Is(err, errNoIdempotency) {
			why = errNoIdempotency
		}
	}
	switch {
	case status >= http.StatusInternalServerError:
		return internalRow.problem(ctx)
	case status == http.StatusUnsupportedMediaType || status == http.StatusNotAcceptable:
		return rowOf(errMediaType).problem(ctx)
	}
	p := rowOf(why).problem(ctx)
	p.Status = status
	p.Errors = violations(errs)
	if len(p.Errors) == 0 {
		p.Errors = []Violation{{"", "invalid", message}}
	}
	return p
}

// violations tells each fault once, in the order of their pointers.
func violations(errs []error) []Violation {
	var all []Violation
	for _, err := range errs {
		var own Violation
		var detailer huma.ErrorDetailer
		switch {
		case errors.As(err, &own):
			all = append(all, own)
		case errors.As(err, &detailer):
			all = append(all, violation(detailer.ErrorDetail()))
		}
	}
	slices.SortFunc(all, func(a, b Violation) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Code, b.Code), strings.Compare(a.Detail, b.Detail))
	})
	return slices.Compact(all)
}

// violation turns huma's detail into ours: a pointer, and a sentence that does not hold the value.
func violation(d *huma.ErrorDetail) Violation {
	in, rest, _ := strings.Cut(d.Location, ".")
	v := Violation{Pointer: rest, Code: "invalid"}
	if in == "body" {
		v.Pointer = pointerOf(d.Location)
	}
	v.Detail, _, _ = strings.Cut(d.Message, ": ") // what a parser adds may repeat the value
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		v.Pointer += "/" + strings.TrimSuffix(name, " to be present")
		v.Code, v.Detail = "missing", "is required"
	}
	switch d.Message {
	case "required " + in + " parameter is missing":
		v.Code, v.Detail = "missing", "is required"
	case validation.MsgUnexpectedProperty, "unknown query parameter":
		v.Code, v.Detail = "unknown_field", "is not known here"
	}
	return v
}
