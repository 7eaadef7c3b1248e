package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// services are the PostgreSQL and the Redis beside which scripts/with-services runs us.
type services struct {
	script          string
	dir             string // of their files
	postgres, redis string // addresses, with the password
}

var errServices = errors.New("the storm kills its database: run it beside one of its own, with scripts/with-services")

func findServices(script string) (*services, error) {
	s := &services{
		script: script, dir: os.Getenv("CAUSEWAY_TEST_SERVICES"),
		postgres: os.Getenv("CAUSEWAY_TEST_POSTGRES"), redis: os.Getenv("CAUSEWAY_TEST_REDIS"),
	}
	if s.dir == "" || s.postgres == "" || s.redis == "" {
		return nil, errServices
	}
	return s, nil
}

// again starts a server that was killed.
func (s *services) again(server string) error {
	said, err := exec.Command(s.script, "--start", server).CombinedOutput() // it is not to be cut off half-way
	if err != nil {
		return fmt.Errorf("start %s again: %w: %s", server, err, said)
	}
	return nil
}

// killPostgres kills the postmaster and everything that it had started. Each of them leads a group of its own, so that
// there is no one group to kill.
func (s *services) killPostgres() error {
	master, err := s.pid("postgres/postmaster.pid")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return err
	}
	err = syscall.Kill(master, syscall.SIGKILL) // first, so that it starts no other
	for _, field := range strings.Fields(string(text)) {
		child, _ := strconv.Atoi(field)
		_ = syscall.Kill(child, syscall.SIGKILL) // one whose client has gone has ended by itself
	}
	return err
}

// pid reads the first line of a file with a process id.
func (s *services) pid(file string) (int, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(strings.TrimSpace(line))
}

// signalRedis sends a signal to Redis.
func (s *services) signalRedis(signal syscall.Signal) error {
	pid, err := s.pid("redis.pid")
	if err != nil {
		return err
	}
	return syscall.Kill(pid, signal)
}

const redisAnswerMax = 5 * time.Second

// flushRedis has Redis forget everything.
func (s *services) flushRedis() error {
	at, err := url.Parse(s.redis)
	if err != nil {
		return err
	}
	password, _ := at.User.Password()
	conn, err := net.DialTimeout("tcp", at.Host, redisAnswerMax)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(redisAnswerMax)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "AUTH %s\r\nFLUSHALL\r\nQUIT\r\n", password); err != nil {
		return err
	}
	said := make([]byte, len("+OK\r\n+OK\r\n"))
	if n, err := conn.Read(said); err != nil || strings.Contains(string(said[:n]), "-") {
		return fmt.Errorf("flush Redis: %q %w", said[:n], err)
	}
	return nil
}

const (
	downMin, downMax = 200 * time.Millisecond, 2 * time.Second // how long a server stays away once it was killed
	hangMin, hangMax = 2 * time.Second, 6 * time.Second
)

// strikeDatabase kills PostgreSQL again and again and starts it again.
func (s *storm) strikeDatabase(ctx context.Context) error {
	draw := s.plan.draws("database")
	for range s.size.databaseKills {
		if !pause(ctx, about(draw, s.size.databaseEvery)) {
			return nil
		}
		ends := s.disturbance.strikes()
		began := time.Now()
		if err := s.services.killPostgres(); err != nil {
			return err
		}
		pause(ctx, between(draw, downMin, downMax))
		if err := s.services.again("postgres"); err != nil {
			return err
		}
		ends()
		s.tally.databaseAway(time.Since(began))
	}
	return nil
}

// strikeRedis makes Redis forget, go away and hang.
func (s *storm) strikeRedis(ctx context.Context) error {
	draw := s.plan.draws("redis")
	for _, fault := range s.plan.redis {
		if !pause(ctx, about(draw, s.size.redisEvery)) {
			return nil
		}
		if err := s.services.hurtRedis(ctx, fault, between(draw, hangMin, hangMax)); err != nil {
			return err
		}
		s.tally.redisFault(fault)
	}
	return nil
}

func (s *services) hurtRedis(ctx context.Context, fault redisFault, away time.Duration) error {
	switch fault {
	case redisFlush:
		return s.flushRedis()
	case redisStop:
		if err := s.signalRedis(syscall.SIGKILL); err != nil {
			return err
		}
		pause(ctx, away)
		return s.again("redis")
	default:
		if err := s.signalRedis(syscall.SIGSTOP); err != nil {
			return err
		}
		pause(ctx, away)
		return s.signalRedis(syscall.SIGCONT)
	}
}

// disturbance tells whether the database was away at any time between two moments.
type disturbance struct {
	mu    sync.Mutex
	down  int // faults of the database and its links under way
	count int // of all that began
}

// strikes notes a fault of the database that begins; the function that it returns ends it.
func (d *disturbance) strikes() (ends func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down++
	d.count++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.down--
	}
}

// begin returns what says whether there was a fault since.
func (d *disturbance) begin() (disturbed func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	down, count := d.down, d.count
	return func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return down > 0 || d.count > count
	}
}
