package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

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
}

// Violation is one thing that is wrong with a request.
type Violation struct {
	Pointer string `json:"pointer" doc:"Where it is: a JSON pointer into the body, or the name of a parameter"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

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
	return h
}

// refuse answers a request outside huma.
func (s *server) refuse(c *gin.Context, err error) {
	p := s.problem(c.Request.Context(), err)
	for name, values := range p.GetHeaders() {
		c.Header(name, values[0])
	}
	c.Header("Content-Type", p.ContentType(""))
	c.AbortWithStatusJSON(p.Status, p)
}

// problem explains an error in the sender's language. What is not in the table is a fault of ours, and only logged.
func (s *server) problem(ctx context.Context, err error) *Problem {
	row := rowOf(err)
	if row.code == internalRow.code {
		s.Log.Error("request failed", "request", companyOf(ctx).id, "err", err)
	}
	p := row.problem(ctx)
	p.Errors = faultsIn(err)
	return p
}

func (r row) problem(ctx context.Context) *Problem {
	with := companyOf(ctx)
	text := r.en
	if with.language == "zh" {
		text = r.zh
	}
	p := &Problem{
		Type: "/help/" + string(r.cause), Title: text.Title, Detail: text.Detail, Status: r.status, Instance: with.path,
		Code: r.code, Cause: r.cause, Retryable: r.retryAfter != "", NextActions: r.actions, RequestID: with.id, retryAfter: r.retryAfter,
	}
	if p.NextActions == nil {
		p.NextActions = []string{}
	}
	return p
}

// init replaces huma's own errors, which would repeat the value that was sent.
func init() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		var p *Problem
		switch {
		case status == http.StatusInternalServerError:
			p = internalRow.problem(ctx.Context())
		case status == http.StatusUnsupportedMediaType || status == http.StatusNotAcceptable:
			p = rowOf(errMediaType).problem(ctx.Context())
			p.Status = status
		default:
			p = rowOf(errInvalid).problem(ctx.Context())
			p.Status = status
		}
		for _, err := range errs {
			if detailer, ok := err.(huma.ErrorDetailer); ok {
				p.Errors = append(p.Errors, fault(detailer.ErrorDetail()))
			}
		}
		if len(p.Errors) == 0 && status < http.StatusInternalServerError {
			p.Errors = []Violation{{Pointer: "", Code: "invalid", Detail: message}}
		}
		return p
	}
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		p := rowOf(errInvalid).problem(context.Background())
		p.Status = status
		return p
	}
}

// fault turns huma's detail into ours: a pointer, and a sentence that does not hold the value.
func fault(d *huma.ErrorDetail) Violation {
	in, rest, _ := strings.Cut(d.Location, ".")
	pointer := rest
	if in == "body" {
		pointer = "/" + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(rest, ".", "/"), "[", "/"), "]", "")
	}
	detail := d.Message
	if in == "body" && rest == "" {
		detail, pointer = "is not a JSON document of the expected form", ""
	}
	return Violation{Pointer: pointer, Code: codeOf(d.Message), Detail: detail}
}

func codeOf(message string) string {
	switch {
	case strings.Contains(message, "required property"):
		return "missing"
	case strings.Contains(message, "unexpected property"), strings.Contains(message, "unknown"):
		return "unknown_field"
	default:
		return "invalid"
	}
}
