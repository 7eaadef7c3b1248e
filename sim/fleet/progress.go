package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/sim"
)

// progress shows how far a simulation is: a bar that is drawn over itself at a terminal, a line now and then elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	every    time.Duration
	payments int
	began    time.Time
}

func newProgress(out *os.File, payments int) *progress {
	p := &progress{out: out, every: 10 * time.Second, payments: payments, began: time.Now()}
	if info, err := out.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		p.terminal, p.every = true, 200*time.Millisecond
	}
	return p
}

const barWidth = 24

// draw shows what has happened so far.
func (p *progress) draw(so sim.Report) {
	line := fmt.Sprintf("%3d %%  %s payments · %s faults · %d violations · %s years · %s",
		100*so.Payments/p.payments, thousands(so.Payments), thousands(so.Total()), len(so.Violations), so.Years(), p.left(so.Payments))
	if !p.terminal {
		fmt.Fprintln(p.out, line)
		return
	}
	full := barWidth * so.Payments / p.payments
	fmt.Fprintf(p.out, "\r\x1b[K%s%s %s", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), line)
}

// left is how long it will take, if it goes on as it went.
func (p *progress) left(done int) string {
	took := time.Since(p.began)
	if done == 0 {
		return took.Round(time.Second).String() + " so far"
	}
	return (took * time.Duration(p.payments-done) / time.Duration(done)).Round(time.Second).String() + " left"
}

// end takes the bar away.
func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// thousands writes a number with its thousands apart.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
