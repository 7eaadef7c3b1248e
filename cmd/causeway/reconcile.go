package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/store"
)

// errBreaks is returned when a statement and the books differ.
var errBreaks = errors.New("statement and books differ")

// statements are the channels that say what they booked.
func statements(channels []gateway.Channel) []reconcile.Channel {
	var found []reconcile.Channel
	for _, c := range channels {
		if s, ok := c.Rail.(rails.Statementer); ok {
			found = append(found, reconcile.Channel{Name: c.Name, Statements: s, Accounts: c.Accounts()})
		}
	}
	return found
}

func reconcileCommand() *cobra.Command {
	var channel, date string
	cmd := &cobra.Command{
		Use: "reconcile", Short: "Hold a channel's statement of a day against the books; exits 3 when they differ", Args: cobra.NoArgs,
		Example: "  causeway reconcile --channel card.acme-eu --date 2026-11-29",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := configured(cmd)
			if err != nil {
				return err
			}
			day, err := time.Parse(time.DateOnly, date)
			if err != nil {
				return fmt.Errorf("%w: --date must be written as 2006-01-02", errUsage)
			}
			n, err := newNode(cmd.Context(), c, logger(c.Log))
			if err != nil {
				return err
			}
			defer n.close()
			report, err := n.breaks.Run(cmd.Context(), channel, day)
			if errors.Is(err, reconcile.ErrNoChannel) {
				return fmt.Errorf("%w: --channel: %w", errUsage, err)
			}
			if err != nil {
				return err
			}
			err = show(cmd, report, func(w io.Writer) {
				fmt.Fprintf(w, "%s on %s: %d rows, %d matched, %d breaks opened, %d healed, %d open\n",
					report.Channel, report.Day, report.Rows, report.Matched, report.Opened, report.Healed, len(report.Breaks))
				listBreaks(w, report.Breaks)
			})
			if err == nil && len(report.Breaks) > 0 {
				err = errBreaks
			}
			return err
		},
	}
	cmd.Flags().StringVar(&channel, "channel", "", "whose statement")
	cmd.Flags().StringVar(&date, "date", now().AddDate(0, 0, -1).Format(time.DateOnly), "of which day")
	return outputFlag(cmd)
}

func listBreaks(w io.Writer, breaks []reconcile.Break) {
	if len(breaks) == 0 {
		return
	}
	fmt.Fprintln(w, "BREAK\tCHANNEL\tKIND\tMOVEMENT\tREFERENCE\tTHEIRS\tOURS\tOPENED\tOWNER\tREMEDY\tPROPOSED BY\tCONFIRMED BY")
	for _, b := range breaks {
		r := reconcile.Ruling{}
		if b.Ruling != nil {
			r = *b.Ruling
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", b.ID, b.Channel, b.Kind, b.Movement, b.Reference,
			b.Theirs, b.Ours, payment.Stamp(b.OpenedAt), b.Owner, r.Remedy, r.ProposedBy, r.ConfirmedBy)
	}
}

// resolveBreak does so over the configured channels, which say on what account a difference is booked.
func resolveBreak(cmd *cobra.Command, c config.Config, db *store.DB, id string, remedy reconcile.Remedy, by string) error {
	off, err := channels(c.Channels)
	if err != nil {
		return err
	}
	on, _, err := chainChannels(c.Chains, db, slog.Default())
	if err != nil {
		return err
	}
	r, err := reconcile.New(reconcile.Deps{Store: db, Channels: statements(append(off, on...)), Now: now}).Resolve(cmd.Context(), id, remedy, by)
	if err != nil {
		return err
	}
	return show(cmd, r, func(w io.Writer) {
		decided(w, fmt.Sprintf("%s\t%s", r.Break, r.Remedy), "", r.ProposedBy, r.ConfirmedBy)
	})
}

// breaksMax is how many breaks are listed.
const breaksMax = 100

func breaksCommand() *cobra.Command {
	f := reconcile.Filter{Page: payment.Page{Limit: breaksMax}}
	var kind string
	breaks := &cobra.Command{
		Use: "breaks", Short: "In what statements and books differ", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			f.Kind = reconcile.Kind(kind)
			all, more, err := db.Breaks(cmd.Context(), f)
			if err != nil {
				return err
			}
			return show(cmd, map[string]any{"breaks": all, "has_more": more}, func(w io.Writer) { listBreaks(w, all) })
		}),
	}
	breaks.Flags().StringVar(&f.Channel, "channel", "", "of this channel alone")
	breaks.Flags().StringVar(&kind, "kind", "", "of this kind alone")
	breaks.Flags().BoolVar(&f.Closed, "closed", false, "closed ones too")
	breaks.Flags().StringVar(&f.Page.After, "after", "", "those behind this one")
	breaks.AddCommand(assignBreakCommand(), resolveBreakCommand())
	return outputFlag(breaks)
}

func assignBreakCommand() *cobra.Command {
	var owner, note string
	assign := &cobra.Command{
		Use: "assign BREAK", Short: "Say who looks after a break, and what is known of it", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			b, err := reconcile.New(reconcile.Deps{Store: db}).Assign(cmd.Context(), args[0], owner, note)
			if err != nil {
				return err
			}
			return show(cmd, b, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\t%s\n", b.ID, b.Owner, b.Note) })
		}),
	}
	assign.Flags().StringVar(&owner, "owner", "", "who looks after it")
	assign.Flags().StringVar(&note, "note", "", "what is known of it")
	return outputFlag(assign)
}

func resolveBreakCommand() *cobra.Command {
	var remedy, by string
	resolve := &cobra.Command{
		Use: "resolve BREAK", Args: cobra.ExactArgs(1),
		Short:   "Propose what is done about a break, or confirm what somebody else proposed",
		Example: "  causeway breaks resolve brk_01KAPR3Z5V9W6QZ2M8D4X7TJ5N --remedy write_off --by ann",
		RunE: withBooks(func(cmd *cobra.Command, c config.Config, db *store.DB, args []string) error {
			return resolveBreak(cmd, c, db, args[0], reconcile.Remedy(remedy), by)
		}),
	}
	resolve.Flags().StringVar(&remedy, "remedy", "", "book (in suspense), write_off or dismiss")
	resolve.Flags().StringVar(&by, "by", "", "who says so")
	return outputFlag(resolve)
}
