package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

func ratesCommand() *cobra.Command {
	rates := &cobra.Command{
		Use: "rates", Short: "Rates that moved too far to be used, held until somebody releases them", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			held, err := db.HeldRates(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, map[string][]fx.Snapshot{"held": held}, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tFEED\tPAIR\tRATE\tOBSERVED")
				for _, s := range held {
					fmt.Fprintf(w, "%s\t%s\t%s/%s\t%s\t%s\n", s.ID, s.Feed, s.Base, s.Quote, s.Rate, payment.Stamp(s.ObservedAt))
				}
			})
		}),
	}
	release := &cobra.Command{
		Use: "release ID", Short: "Use a held rate, and what follows it; gateways follow within a second", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			s, err := db.ReleaseRate(cmd.Context(), args[0], payment.NewIDs(time.Now)("rate"), now())
			if err != nil {
				return err
			}
			return show(cmd, s, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s/%s\t%s\n", s.ID, s.Base, s.Quote, s.Rate) })
		}),
	}
	rates.AddCommand(outputFlag(release))
	return outputFlag(rates)
}
