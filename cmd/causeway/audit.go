package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/store"
)

func auditCommand() *cobra.Command {
	var offline bool
	command := &cobra.Command{
		Use: "audit", Short: "Prove that nothing was lost or doubled; exits 3 when an invariant does not hold", Args: cobra.NoArgs,
		Long: "Prove that nothing was lost or doubled; exits 3 when an invariant does not hold.\n\n" +
			"It reads the database, and asks the nodes of the configured chains whether what was seen there is still in them. It can be\n" +
			"run beside gateways that are at work: it holds no lock that they wait for, and looks at a page of the books at a time, each as\n" +
			"it is at one moment. It takes at most 128 MB of memory, however much there is to audit; what the database sorts for it\n" +
			"is on its disk. A gateway does the same for ever, and halts payouts when something is wrong: see causeway halts.",
		RunE: withBooks(func(cmd *cobra.Command, c config.Config, db *store.DB, _ []string) error {
			if offline {
				c.Chains = nil
			}
			report, err := runAudit(cmd.Context(), c, db, progressTo(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			err = show(cmd, report, func(w io.Writer) {
				for _, i := range report.Invariants {
					fmt.Fprintf(w, "%s\t%d checked\t%d broken\t%s\n", i.ID, i.Checked, i.Broken, i.Text)
					for _, fault := range i.Faults {
						fmt.Fprintf(w, "\t\t\t  %s\n", fault)
					}
				}
				for _, total := range report.Totals {
					fmt.Fprintf(w, "sum\t%s\t%s\t\n", total.Value, total.Currency)
				}
			})
			if err == nil && !report.Held() {
				err = errBroken
			}
			return err
		}),
	}
	command.Flags().BoolVar(&offline, "offline", false, "ask no node")
	return outputFlag(command)
}

// runAudit audits the books, and holds them against the configured chains.
func runAudit(ctx context.Context, c config.Config, db *store.DB, progress func(audit.Progress)) (audit.Report, error) {
	_, rails, err := chainChannels(c.Chains, db, slog.New(slog.DiscardHandler))
	if err != nil {
		return audit.Report{}, err
	}
	return audit.Run(ctx, db, now(), progress, audited(rails)...)
}

// audited is the chains as the audit asks them.
func audited(rails []*onchain.Rail) []audit.Chain {
	var chains []audit.Chain
	for _, rail := range rails {
		chains = append(chains, rail)
	}
	return chains
}

// progressTo shows how far an audit is, when out is a terminal. A line takes the place of the one before.
func progressTo(out io.Writer) func(audit.Progress) {
	file, ok := out.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(p audit.Progress) { fmt.Fprint(out, shown(p)) }
}

// shown is the progress as a terminal shows it: from the left, with nothing of the line before behind it.
func shown(p audit.Progress) string {
	const clear = "\r\x1b[K"
	if p.Of == 0 {
		return clear + p.Part
	}
	return clear + fmt.Sprintf("%s: %d of %d", p.Part, p.Done, max(p.Of, p.Done))
}
