package railtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// fault is one way in which an exchange goes wrong after the request arrived whole.
type fault struct {
	name   string
	loses  bool // the provider does not see the request, unless it is delivered later
	answer func(e exchange)
}

// none is no fault.
var none = fault{name: "none", answer: func(e exchange) { e.say(e.status, e.body) }}

// lost is the fault after which the request can still arrive.
var lost = fault{name: "silence before it arrived", loses: true, answer: func(e exchange) { e.hang(e.raw("")) }}

// hangUp is the fault after which the request did arrive.
var hangUp = fault{name: "hang-up", answer: func(e exchange) { _ = e.raw("").Close() }}

const (
	endless = 64 << 20 // bytes that only an adapter would read that reads without a limit
	piece   = 32 << 10 // and how many at a time
)

// faults are the events after the first byte. None of them says what became of the request.
func faults() []fault {
	page := []byte("<!doctype html><title>Oops</title>")
	return []fault{
		lost,
		{name: "silence after it arrived", answer: func(e exchange) { e.hang(e.raw("")) }},
		{name: "reset", answer: exchange.reset},
		hangUp,
		{name: "hang-up within the status line", answer: func(e exchange) { _ = e.raw("HTTP/1.1 20").Close() }},
		{name: "silence within the headers", answer: func(e exchange) { e.hang(e.raw("HTTP/1.1 200 OK\r\nContent-Ty")) }},
		{name: "silence within the body", answer: func(e exchange) { e.hang(e.raw(e.opening() + e.half())) }},
		{name: "headers without end", answer: func(e exchange) { e.flood("HTTP/1.1 200 OK\r\n", "X-Filler: "+strings.Repeat("x", piece)+"\r\n") }},
		{name: "body without end", answer: func(e exchange) {
			e.flood("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"+string(e.body), strings.Repeat(" ", piece))
		}},
		{name: "not HTTP", answer: func(e exchange) { _ = e.raw("SSH-2.0-OpenSSH_9.9\r\n").Close() }},
		{name: "the request itself", answer: func(e exchange) { _ = e.raw(e.mirror()).Close() }},
		{name: "200 without a body", answer: func(e exchange) { e.say(http.StatusOK, nil) }},
		{name: "200 with half a body", answer: func(e exchange) { e.say(http.StatusOK, []byte(e.half())) }},
		{name: "200 cut off within the body", answer: func(e exchange) { _ = e.raw(e.opening() + e.half()).Close() }},
		{name: "200 with two bodies", answer: func(e exchange) { e.say(http.StatusOK, bytes.Repeat(e.body, 2)) }},
		{name: "200 with an empty object", answer: func(e exchange) { e.say(http.StatusOK, []byte("{}")) }},
		{name: "200 with null", answer: func(e exchange) { e.say(http.StatusOK, []byte("null")) }},
		{name: "200 with a page", answer: func(e exchange) { e.say(http.StatusOK, page) }},
		{name: "204", answer: func(e exchange) { e.say(http.StatusNoContent, nil) }},
		{name: "302 to itself", answer: func(e exchange) { e.redirect(http.StatusFound) }},
		{name: "307 to itself", answer: func(e exchange) { e.redirect(http.StatusTemporaryRedirect) }},
		{name: "404 with a page", answer: func(e exchange) { e.say(http.StatusNotFound, page) }},
		{name: "429 without a body", answer: func(e exchange) { e.say(http.StatusTooManyRequests, nil) }},
		{name: "429 with a page", answer: func(e exchange) { e.say(http.StatusTooManyRequests, page) }},
		{name: "500 without a body", answer: func(e exchange) { e.say(http.StatusInternalServerError, nil) }},
		{name: "500 with a page", answer: func(e exchange) { e.say(http.StatusInternalServerError, page) }},
		{name: "503 with the honest body", answer: func(e exchange) { e.say(http.StatusServiceUnavailable, e.body) }},
	}
}

func (e exchange) opening() string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(e.body))
}

func (e exchange) half() string { return string(e.body[:len(e.body)/2]) }

// mirror is the request's headers in one word, which whoever cannot read an answer is likely to quote.
func (e exchange) mirror() string {
	return strings.ReplaceAll(fmt.Sprint(e.r.Header), " ", "_") + "\r\n\r\n"
}

// flood repeats a piece until the adapter hangs up.
func (e exchange) flood(start, piece string) {
	conn := e.raw(start)
	defer conn.Close()
	for sent := 0; sent < endless; sent += len(piece) {
		if _, err := io.WriteString(conn, piece); err != nil {
			return
		}
	}
	e.line.swallow()
}

func (e exchange) redirect(status int) {
	e.w.Header().Set("Location", e.r.URL.String())
	e.w.WriteHeader(status)
}
