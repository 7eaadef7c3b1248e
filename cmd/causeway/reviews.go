package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

func reviewsCommand() *cobra.Command {
	reviews := &cobra.Command{
		Use: "reviews", Short: "Attempts and operations that two people have to decide, contradicted payouts among them", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			all, err := db.InReview(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, map[string][]payment.Ruling{"reviews": all}, func(w io.Writer) {
				fmt.Fprintln(w, "REF\tPAYMENT\tWHY\tPROPOSED\tBY\tAT")
				for _, r := range all {
					proposed := ""
					if r.ProposedBy != "" {
						proposed = r.Outcome.String()
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Ref, r.Payment, r.Why, proposed, r.ProposedBy, payment.Stamp(r.ProposedAt))
				}
			})
		}),
	}
	var outcome, by string
	resolve := &cobra.Command{
		Use: "resolve REF", Short: "Propose an outcome, or confirm what somebody else proposed", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			var o payment.Outcome
			if err := o.UnmarshalText([]byte(outcome)); err != nil {
				return fmt.Errorf("%w: --outcome: %w", errUsage, err)
			}
			g := gateway.New(gateway.Deps{Store: db, Now: time.Now, NewID: payment.NewIDs(time.Now), Log: slog.Default()})
			r, err := g.Resolve(cmd.Context(), args[0], o, by)
			if err != nil {
				return err
			}
			return show(cmd, r, func(w io.Writer) {
				decided(w, fmt.Sprintf("%s\t%s", r.Ref, r.Outcome), "", r.ProposedBy, r.ConfirmedBy)
			})
		}),
	}
	resolve.Flags().StringVar(&outcome, "outcome", "", "what became of it, such as captured, declined, not_sent or done")
	resolve.Flags().StringVar(&by, "by", "", "who says so")
	reviews.AddCommand(outputFlag(resolve))
	return outputFlag(reviews)
}
