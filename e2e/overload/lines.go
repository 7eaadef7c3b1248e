package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// lines are kept connections to the gateway. They know as much of HTTP as is needed, which costs a fraction of what a
// whole client does: generator and gateway share two processors.
type lines struct {
	host string

	mu   sync.Mutex
	free []*line
}

type line struct {
	net.Conn

	reader *bufio.Reader
}

const idleMax = 512 // connections kept

// post sends a request and returns the status of its answer, 0 when there was none, and how long to wait.
func (l *lines) post(r Request, bearer, key string) (status, wait int) {
	to, err := l.take()
	if err != nil {
		return 0, 0
	}
	status, wait, err = to.exchange(l.host, r, bearer, key)
	if err != nil {
		_ = to.Close()
		return 0, 0
	}
	l.give(to)
	return status, wait
}

func (l *lines) take() (*line, error) {
	l.mu.Lock()
	if n := len(l.free); n > 0 {
		last := l.free[n-1]
		l.free = l.free[:n-1]
		l.mu.Unlock()
		return last, nil
	}
	l.mu.Unlock()
	c, err := net.DialTimeout("tcp", l.host, answerMax)
	if err != nil {
		return nil, err
	}
	return &line{c, bufio.NewReader(c)}, nil
}

func (l *lines) give(used *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) >= idleMax {
		_ = used.Close()
		return
	}
	l.free = append(l.free, used)
}

func (l *lines) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, each := range l.free {
		_ = each.Close()
	}
}

func (l *line) exchange(host string, r Request, bearer, key string) (status, wait int, err error) {
	if err := l.SetDeadline(time.Now().Add(answerMax)); err != nil {
		return 0, 0, err
	}
	head := "POST " + r.Path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + bearer + "\r\nIdempotency-Key: " + key +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(r.Body)) + "\r\n\r\n"
	if _, err := io.WriteString(l, head+r.Body); err != nil {
		return 0, 0, err
	}
	answer, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, 0, err
	}
	if answer.Close {
		return 0, 0, fmt.Errorf("the gateway ends the connection after %s", answer.Status)
	}
	wait, _ = strconv.Atoi(answer.Header.Get("Retry-After")) // 0: none
	return answer.StatusCode, wait, nil
}
