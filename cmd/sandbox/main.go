// Command sandbox is the world around the gateway for development and tests: card acquirers, banks, an EVM chain and a live feed
// of exchange rates, with books of their own, a clock that can be moved and faults on demand.
//
// It shares no code with the gateway: what the two agree on is only what goes over the wire.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(2)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "sandbox",
		Short:         "The world around the gateway, for development and tests",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), deployCommand(), payCommand())
	return root
}

func serveCommand() *cobra.Command {
	var (
		c         config
		acquirers []string
		banks     []string
		chains    []string
		onStdin   bool
	)
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Run the world until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.peers(acquirers, banks, chains, cmd.Flags().Changed); err != nil {
				return err
			}
			ctx := cmd.Context()
			if onStdin {
				ctx = untilClosed(ctx, cmd.InOrStdin())
			}
			return serve(ctx, c, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := serve.Flags()
	flags.StringArrayVar(&acquirers, "acquirer", standardAcquirers,
		"name=…,listen=host:port,secret=…[,callback=url,callback_secret=whsec_…][,replay=false][,fence=false]; repeatable")
	flags.StringArrayVar(&banks, "bank", standardBanks,
		"name=…,listen=host:port,secret=…,bic=…,account=number/currency/balance[;…][,correspondents=BIC/charge[/delay][;…]]"+
			"[,callback=url,callback_secret=whsec_…][,fence=false][,cutoff=16:00][,settle=300ms]; repeatable. "+
			"Naming any peer leaves all the standard ones out")
	flags.StringArrayVar(&chains, "chain", standardChains,
		"name=…,listen=host:port[;host:port…][,id=1337][,interval=1s][,automine=true][,finality=32]"+
			"[,account=address/asset/balance[;…]]; repeatable, empty for none")
	flags.StringVar(&c.control, "control", "127.0.0.1:9100", "address of the control API")
	flags.StringVar(&c.rates, "rates", "127.0.0.1:9401", "address of the rates feed")
	flags.StringVar(&c.history, "history", "", "eurofxref-hist.csv that the rates start from (default: a recent one is built in)")
	flags.Uint64Var(&c.ratesSeed, "rates-seed", 1, "seed of the walk of the rates")
	flags.BoolVar(&onStdin, "exit-on-stdin-close", false, "stop when standard input ends, so that a dead parent leaves nothing behind")
	return serve
}

// untilClosed returns a context that ends when input does.
func untilClosed(parent context.Context, input io.Reader) context.Context {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		defer cancel()
		io.Copy(io.Discard, input) // an error ends the input as well
	}()
	return ctx
}
