package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/store"
)

func auditCommand() *cobra.Command {
	var offline bool
	command := &cobra.Command{
		Use: "audit", Short: "Prove that nothing was lost or doubled; exits 3 when an invariant does not hold", Args: cobra.NoArgs,
		Long: "Prove that nothing was lost or doubled; exits 3 when an invariant does not hold.\n\n" +
			"It reads the database, and asks the nodes of the configured chains whether what was seen there is still in them.",
		RunE: withBooks(func(cmd *cobra.Command, c config.Config, db *store.DB, _ []string) error {
			if offline {
				c.Chains = nil
			}
			report, err := runAudit(cmd.Context(), c, db)
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
func runAudit(ctx context.Context, c config.Config, db *store.DB) (audit.Report, error) {
	_, rails, err := chainChannels(c.Chains, db, slog.New(slog.DiscardHandler))
	if err != nil {
		return audit.Report{}, err
	}
	var chains []audit.Chain
	for _, rail := range rails {
		chains = append(chains, rail)
	}
	return audit.Run(ctx, db, now(), nil, chains...)
}
